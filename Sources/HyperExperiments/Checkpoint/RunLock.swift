import Glibc
import HyperFormats

/// Keeps a second process out of a run's folder: a file `lock` that this process holds locked, with its number inside.
///
/// The system releases the lock when the process ends, however it ends, so a lock file without a holder is stale and
/// is simply taken.
public final class RunLock: Sendable {
    /// Why the folder is not to be had; programs end with status 75.
    public struct Held: Error, CustomStringConvertible {
        public let path: String
        /// The process that holds the lock, if its number can be read.
        public let process: Int?

        public var description: String {
            "\(path): is in use by \(process.map { "process \($0)" } ?? "another process"); "
                + "wait for it to end, or end it (kill \(process.map(String.init) ?? "<its number>"))"
        }
    }

    static let name = "lock"
    private let descriptor: Int32

    /// Takes the lock of a folder.
    ///
    /// - Throws: `Held`, or `FileWriteError` if the file cannot be made.
    init(folder: String) throws {
        let path = "\(folder)/\(Self.name)"
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else {
            throw FileWriteError(
                path: path, problem: "cannot be opened: \(String(cString: strerror(errno))) (errno \(errno))")
        }
        var isHeld = flock(opened, LOCK_EX | LOCK_NB) == 0
        for _ in 0..<5 where !isHeld {
            // Somebody who only looks (`holder`) has it for a moment.
            usleep(10_000)
            isHeld = flock(opened, LOCK_EX | LOCK_NB) == 0
        }
        guard isHeld else {
            defer { close(opened) }
            throw Held(path: folder, process: Self.process(in: opened))
        }
        // The number is for people and messages; the lock itself is what counts.
        let text = "\(getpid())\n"
        ftruncate(opened, 0)
        _ = text.withCString { pwrite(opened, $0, strlen($0), 0) }
        descriptor = opened
    }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// The process that holds the lock of a folder now; nil if none does.
    static func holder(of folder: String) -> Int?? {
        let opened = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        guard flock(opened, LOCK_SH | LOCK_NB) == 0 else { return .some(process(in: opened)) }
        return nil
    }

    private static func process(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
