import Glibc
import HyperTensor
import Testing

@testable import HyperOpenCL

extension OpenCLTests {
    @Suite struct ProgramCacheTests {
        @Test func binariesAreKeptAndDamagedOnesIgnored() throws {
            let folder = try TemporaryFolder()
            func builds() throws -> (fromSource: Int, result: [Float]) {
                let backend = try TestDevice.backend(cache: ProgramCache(folder: folder.path))
                let compiled = try backend.compile(try TestPrograms.doubling(), state: backend.makeState(StateLayout()))
                try compiled.setInput(0, [1, 2, 3] as [Float])
                try compiled.run()
                return (backend.compiler.buildsFromSource, try compiled.output(0))
            }
            #expect(try builds() == (1, [2, 4, 6]))
            #expect(try builds() == (0, [2, 4, 6]))
            let name = try #require(try folder.files().first)
            let path = "\(folder.path)/\(name)"
            // Half a file, as a killed process would leave without the rename.
            #expect(truncate(path, 700) == 0)
            #expect(try builds() == (1, [2, 4, 6]))
            // A flipped bit near the end, where the binary lies.
            let file = try #require(fopen(path, "r+b"))
            fseek(file, -40, SEEK_END)
            let byte = fgetc(file)
            fseek(file, -40, SEEK_END)
            fputc(byte ^ 1, file)
            fclose(file)
            #expect(try builds() == (1, [2, 4, 6]))
            #expect(try builds() == (0, [2, 4, 6]))
            #expect(try folder.files() == [name])
        }

        @Test func aCacheThatCannotBeWrittenCostsNothing() throws {
            let backend = try TestDevice.backend(cache: ProgramCache(folder: "/proc/none/kernels"))
            let compiled = try backend.compile(try TestPrograms.doubling(), state: backend.makeState(StateLayout()))
            try compiled.setInput(0, [1, 2, 3] as [Float])
            try compiled.run()
            #expect(try compiled.output(0) == [2, 4, 6])
        }

        @Test func whatWasStoredIsFound() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramCache(folder: folder.path)
            #expect(cache.binary(for: "a") == nil)
            cache.store([1, 2, 3], for: "a")
            cache.store([4], for: "b")
            #expect(cache.binary(for: "a") == [1, 2, 3])
            #expect(cache.binary(for: "b") == [4])
            cache.store([5, 6], for: "a")
            #expect(cache.binary(for: "a") == [5, 6])
            #expect(cache.refusal == nil)
            #expect(try folder.files().count == 2)
        }

        /// A folder that others may write, and one that is another's.
        @Test func foldersOfOthersAreNotUsed() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramCache(folder: folder.path)
            cache.store([1], for: "a")
            #expect(chmod(folder.path, 0o770) == 0)
            #expect(cache.binary(for: "a") == nil)
            cache.store([2], for: "b")
            #expect(try folder.files().count == 1)
            #expect(
                cache.refusal?.hasPrefix(
                    "the kernel cache \(folder.path) is not used: its owner is user \(geteuid()) and its mode 770, ")
                    == true)
            #expect(chmod(folder.path, 0o700) == 0)
            #expect(cache.binary(for: "a") == [1])
            guard geteuid() == 0 else { return }
            #expect(chown(folder.path, 65534, 65534) == 0)
            #expect(cache.binary(for: "a") == nil)
            #expect(cache.refusal?.contains("its owner is user 65534") == true)
        }

        @Test func filesOfOthersAndLinksAreNotRead() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramCache(folder: folder.path)
            cache.store([1], for: "a")
            let path = "\(folder.path)/\(ProgramCache.name(of: "a"))"
            #expect(chmod(path, 0o666) == 0)
            #expect(cache.binary(for: "a") == nil)
            #expect(chmod(path, 0o600) == 0)
            // The same file by a link.
            let other = "\(folder.path)/elsewhere"
            #expect(rename(path, other) == 0 && symlink(other, path) == 0)
            #expect(cache.binary(for: "a") == nil)
            // A link in the file's place is replaced, and what it points to stays.
            cache.store([2], for: "a")
            #expect(cache.binary(for: "a") == [2])
            #expect(rename(other, path) == 0)
            #expect(cache.binary(for: "a") == [1])
            let link = "\(folder.path)/link"
            #expect(symlink(folder.path, link) == 0)
            #expect(ProgramCache(folder: link).refusal?.contains("is a symbolic link") == true)
        }

        @Test func theOldestGoFirst() throws {
            let folder = try TemporaryFolder()
            var cache = ProgramCache(folder: folder.path)
            func age(_ key: String, _ seconds: Int) {
                let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
                utimensat(AT_FDCWD, "\(folder.path)/\(ProgramCache.name(of: key))", times, 0)
            }
            for (index, key) in ["a", "b", "c"].enumerated() {
                cache.store([UInt8](repeating: 7, count: 100), for: key)
                age(key, 1000 + index)
            }
            // Used now, so b is the oldest.
            #expect(cache.binary(for: "a") != nil)
            cache.limit = (files: 3, bytes: 1 << 20)
            cache.store([8], for: "d")
            #expect(["a", "b", "c", "d"].map { cache.binary(for: $0) != nil } == [true, false, true, true])
            for (index, key) in ["c", "a", "d"].enumerated() { age(key, 2000 + index) }
            cache.limit = (files: 9, bytes: 320)
            cache.store([9], for: "e")
            #expect(["a", "c", "d", "e"].map { cache.binary(for: $0) != nil } == [true, false, true, true])
        }
    }
}
