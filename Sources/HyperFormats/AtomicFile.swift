import Glibc

/// Files that appear whole or not at all.
public enum AtomicFile {
    /// Writes `bytes` to a temporary file beside `path`, flushes it to disk, and renames it to `path`.
    ///
    /// A reader sees the old file or the new one, also after a power cut; a failed write leaves the old file and no
    /// temporary one.
    ///
    /// - Returns: Size and digest of what was written.
    /// - Throws: `FileWriteError`.
    @discardableResult
    public static func write(_ bytes: [UInt8], to path: String) throws -> FileReceipt {
        try write(to: path) { file in
            try bytes.withUnsafeBytes { try file.write($0) }
        }
    }

    /// As `write(_:to:)`, for text in UTF-8.
    @discardableResult
    public static func write(_ text: String, to path: String) throws -> FileReceipt {
        try write(Array(text.utf8), to: path)
    }

    static func write(to path: String, _ body: (WritableFile) throws -> Void) throws -> FileReceipt {
        let receipt: FileReceipt
        let temporaryPath = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        do {
            let file = try WritableFile(temporaryPath, reportedAs: path, flags: O_CREAT | O_EXCL, isWhole: true)
            try body(file)
            try file.flushToDisk()
            receipt = file.receipt
            guard rename(temporaryPath, path) == 0 else {
                throw FileWriteError(path: path, problem: "cannot be written: \(systemReason("rename"))")
            }
        } catch {
            unlink(temporaryPath)
            throw error
        }
        try Folder.flush(Folder.parent(of: path))
        return receipt
    }
}

/// Whether fsync(2) succeeded; a signal that breaks it off (on some network file systems) only makes it begin again.
func flushed(_ descriptor: Int32) -> Bool {
    while fsync(descriptor) != 0 { guard errno == EINTR else { return false } }
    return true
}

/// An open file descriptor for writing; closed with the object.
final class WritableFile {
    /// The file's name in messages.
    private let path: String
    private let descriptor: Int32
    private var digest: SHA256?
    /// Bytes that the system has taken.
    private(set) var writtenByteCount = 0
    /// Small pieces, collected so that a file of many tensors takes few calls.
    private var collected: [UInt8] = []
    private static let collectedLimit = 1 << 20

    /// Bytes given to this object.
    var byteCount: Int { writtenByteCount + collected.count }

    /// - Parameters:
    ///   - path: The file to open, with mode 0644 if it is created.
    ///   - reportedAs: The name to use in messages, if it is not `path`.
    ///   - flags: Flags of open(2) besides `O_WRONLY` and `O_CLOEXEC`.
    ///   - isWhole: Whether nobody looks before `flushToDisk()`, so that small pieces may be collected, and `receipt` is
    ///     wanted. Otherwise every call of `write` reaches the file.
    /// - Throws: `FileWriteError`.
    init(_ path: String, reportedAs name: String? = nil, flags: Int32, isWhole: Bool = false) throws {
        self.path = name ?? path
        digest = isWhole ? SHA256() : nil
        descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o644)
        guard descriptor >= 0 else {
            throw FileWriteError(path: self.path, problem: "cannot be created: \(systemReason("open"))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Size and digest of what was written; the digest is empty if none is kept.
    var receipt: FileReceipt { FileReceipt(byteCount: byteCount, sha256: digest?.hexadecimalDigest ?? "") }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard digest != nil else { return try put(bytes) }
        digest?.update(bytes)
        if collected.count + bytes.count > Self.collectedLimit { try putCollected() }
        if bytes.count > Self.collectedLimit { try put(bytes) } else { collected.append(contentsOf: bytes) }
    }

    private func putCollected() throws {
        try collected.withUnsafeBytes { try put($0) }
        collected.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw FileWriteError(
                    path: path,
                    problem: "cannot be written: \(systemReason("write")) after \(writtenByteCount) bytes, "
                        + "\(bytes.count - done) more were to follow")
            }
            done += count
            writtenByteCount += count
        }
    }

    func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    func flushToDisk() throws {
        try putCollected()
        guard flushed(descriptor) else {
            throw FileWriteError(path: path, problem: "cannot be flushed: \(systemReason("fsync"))")
        }
    }
}
