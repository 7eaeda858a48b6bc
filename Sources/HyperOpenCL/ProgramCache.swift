import Glibc

/// Compiled kernels on disk, so that a run need not wait for the compiler.
///
/// A file holds the whole key (device, driver, options, source) beside the binary, so a hash that collides cannot serve the wrong
/// kernels; a file that is damaged or half-written is ignored and replaced.
struct ProgramCache {
    /// nil keeps nothing.
    let folder: String?

    /// `$XDG_CACHE_HOME/hyperrl/kernels`, or `.cache/hyperrl/kernels` in the home folder.
    static var standard: ProgramCache {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let base = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        return ProgramCache(folder: base.map { $0 + "/hyperrl/kernels" })
    }

    private static let magic: [UInt8] = Array("HYPERCL1".utf8)

    /// The binary that was stored for a key, if its file is whole.
    func binary(for key: String) -> [UInt8]? {
        guard let path = path(of: key), let bytes = Self.contents(of: path), bytes.count >= 32 else { return nil }
        let keyBytes = Array(key.utf8)
        guard bytes.starts(with: Self.magic), Self.number(bytes, at: 8) == UInt64(keyBytes.count) else { return nil }
        let begin = 32 + keyBytes.count
        guard bytes.count >= begin, bytes[32..<begin].elementsEqual(keyBytes),
            Self.number(bytes, at: 16) == UInt64(bytes.count - begin)
        else { return nil }
        let binary = Array(bytes[begin...])
        return Self.number(bytes, at: 24) == Self.hash(binary) ? binary : nil
    }

    /// Keeps a binary; a disk that is full or read-only costs only the next start's time.
    func store(_ binary: [UInt8], for key: String) {
        guard let folder, let path = path(of: key), Self.makeFolder(folder) else { return }
        let keyBytes = Array(key.utf8)
        var bytes = Self.magic
        for number in [UInt64(keyBytes.count), UInt64(binary.count), Self.hash(binary)] {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        }
        bytes += keyBytes + binary
        // Under a name of its own first: another process never sees half a file.
        let temporary = "\(path).\(getpid())"
        guard let file = fopen(temporary, "wb") else { return }
        let written = fwrite(bytes, 1, bytes.count, file)
        if fclose(file) == 0, written == bytes.count, rename(temporary, path) == 0 { return }
        unlink(temporary)
    }

    /// Where the binary of a key lies.
    func path(of key: String) -> String? { folder.map { "\($0)/\(String(Self.hash(Array(key.utf8)), radix: 16)).bin" } }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func number(_ bytes: [UInt8], at position: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
    }

    private static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return ferror(file) == 0 ? result : nil }
            result += block[..<count]
        }
    }

    private static func makeFolder(_ folder: String) -> Bool {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/" + part
            if mkdir(path, 0o700) != 0, errno != EEXIST { return false }
        }
        return true
    }
}
