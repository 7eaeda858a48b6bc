import Glibc

/// Files that appear whole or not at all.
public enum AtomicFile {
    /// Writes `bytes` to a temporary file beside `path`, flushes it to disk, and renames it to `path`.
    ///
    /// A reader sees the old file or the new one, also after a power cut; a failed write leaves the old file and no
    /// temporary one.
    ///
    /// - Throws: `FileWriteError`.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try write(to: path) { file in
            try bytes.withUnsafeBytes { try file.write($0) }
        }
    }

    /// As `write(_:to:)`, for text in UTF-8.
    public static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    static func write(to path: String, _ body: (WritableFile) throws -> Void) throws {
        let temporaryPath = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        do {
            let file = try WritableFile(temporaryPath, reportedAs: path, flags: O_CREAT | O_EXCL)
            try body(file)
            try file.flushToDisk()
            guard rename(temporaryPath, path) == 0 else {
                throw FileWriteError(path: path, problem: "cannot be written: \(systemReason("rename"))")
            }
        } catch {
            unlink(temporaryPath)
            throw error
        }
        try flushFolder(of: path)
    }

    /// Makes a rename in the folder of `path` survive a power cut.
    private static func flushFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileWriteError(path: path, problem: "folder cannot be flushed: \(systemReason("open"))")
        }
        defer { close(descriptor) }
        // Some network file systems cannot flush a folder and say EINVAL; nothing is lost by that.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileWriteError(path: path, problem: "folder cannot be flushed: \(systemReason("fsync"))")
        }
    }
}

/// An open file descriptor for writing; closed with the object.
final class WritableFile {
    /// The file's name in messages.
    private let path: String
    private let descriptor: Int32

    /// - Parameters:
    ///   - path: The file to open, with mode 0644 if it is created.
    ///   - reportedAs: The name to use in messages, if it is not `path`.
    ///   - flags: Flags of open(2) besides `O_WRONLY` and `O_CLOEXEC`.
    /// - Throws: `FileWriteError`.
    init(_ path: String, reportedAs name: String? = nil, flags: Int32) throws {
        self.path = name ?? path
        descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o644)
        guard descriptor >= 0 else {
            throw FileWriteError(path: self.path, problem: "cannot be created: \(systemReason("open"))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw FileWriteError(path: path, problem: "cannot be written: \(systemReason("write"))")
            }
            done += count
        }
    }

    func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    func flushToDisk() throws {
        guard fsync(descriptor) == 0 else {
            throw FileWriteError(path: path, problem: "cannot be flushed: \(systemReason("fsync"))")
        }
    }
}
