import Glibc

/// Compiled kernels on disk, so that a run need not wait for the compiler.
///
/// A file holds the whole key (device, driver, options, source) beside the binary, so a hash that collides cannot serve the wrong
/// kernels; a file that is damaged or half-written is ignored and replaced. Some binaries are native code that runs in this process:
/// only a folder and files that belong to this user, and that nobody else may write, are used.
struct ProgramCache {
    /// nil keeps nothing.
    let folder: String?
    /// Most files that are kept, and most bytes in all; those that were used longest ago go first.
    var limit = (files: 1024, bytes: 512 << 20)

    /// `$XDG_CACHE_HOME/hyperrl/kernels`, or `.cache/hyperrl/kernels` in the home folder.
    static var standard: ProgramCache {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let base = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        return ProgramCache(folder: base.map { $0 + "/hyperrl/kernels" })
    }

    init(folder: String?) { self.folder = folder }

    // MARK: Binaries

    /// The binary that was stored for a key, if its file is whole.
    func binary(for key: String) -> [UInt8]? {
        guard let folder = try? openFolder(), let bytes = folder.read(Self.name(of: key)), bytes.count >= 32 else {
            return nil
        }
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
        guard let path = folder, Self.makeFolder(path), let folder = try? openFolder() else { return }
        let keyBytes = Array(key.utf8)
        var bytes = Self.magic
        for number in [UInt64(keyBytes.count), UInt64(binary.count), Self.hash(binary)] {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        }
        folder.write(bytes + keyBytes + binary, to: Self.name(of: key))
        folder.prune(limit)
    }

    /// Why the folder is not used: a line for people; nil if it is, or if there is none yet.
    var refusal: String? {
        do {
            _ = try openFolder()
            return nil
        } catch { return error.description }
    }

    // MARK: The folder

    /// Opens the folder; nil if there is none.
    private func openFolder() throws(PrivateFolder.Refusal) -> PrivateFolder? {
        guard let folder else { return nil }
        return try PrivateFolder(folder)
    }

    /// The name of a key's file.
    static func name(of key: String) -> String { "\(String(hash(Array(key.utf8)), radix: 16)).bin" }

    private static let magic: [UInt8] = Array("HYPERCL1".utf8)

    /// FNV-1a, 64 bits: finds files and accidents, proves nothing about who wrote them.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func number(_ bytes: [UInt8], at position: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
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
