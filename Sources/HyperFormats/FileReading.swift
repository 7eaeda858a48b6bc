import Glibc

/// The reason of the last failed system call: name of the call, text and number.
func systemReason(_ call: String, _ code: Int32 = errno) -> String {
    "\(call): \(String(cString: strerror(code))) (errno \(code))"
}

/// An open file descriptor for reading; closed with the object.
final class ReadableFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// - Parameter mayWait: Whether opening a FIFO waits until somebody writes to it.
    /// - Throws: `FormatError` if the file cannot be opened or is a folder.
    init(_ path: String, mayWait: Bool) throws {
        let opened = open(path, O_RDONLY | O_CLOEXEC | (mayWait ? 0 : O_NONBLOCK))
        guard opened >= 0 else { throw FormatError(path: path, problem: "cannot be read: \(systemReason("open"))") }
        self.path = path
        descriptor = opened
        if try status().st_mode & S_IFMT == S_IFDIR {
            throw FormatError(path: path, problem: "is a folder, a file is needed")
        }
    }

    deinit { close(descriptor) }

    /// The size in bytes of a regular file; nil for pipes and devices, which have none.
    func regularSize() throws -> Int? {
        let status = try status()
        return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    /// Fills `buffer` with the bytes from `offset` on. Safe from several threads at once.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FormatError(path: path, problem: "cannot be read: \(systemReason("pread"))") }
            guard count > 0 else {
                throw FormatError(
                    path: path,
                    problem: "became shorter while being read: \(done) of \(buffer.count) bytes at offset \(offset)")
            }
            done += count
        }
    }

    /// The bytes of a range that lies inside the file.
    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<range.count]))
            count = range.count
        }
    }

    /// Everything up to the end, from a regular file, a pipe or a device.
    ///
    /// - Throws: `FormatError` also for more than `limit` bytes: some devices never end.
    func readToEnd(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            let count = Glibc.read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FormatError(path: path, problem: "cannot be read: \(systemReason("read"))") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw FormatError(path: path, problem: "holds more than \(limit) bytes, the limit for a text file")
            }
        }
    }

    private func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FormatError(path: path, problem: "cannot be read: \(systemReason("fstat"))")
        }
        return status
    }
}

/// All bytes of a text file of at most 1 GiB.
///
/// - Throws: `FormatError` if it cannot be read or is larger.
func readFile(_ path: String, limit: Int = 1 << 30) throws -> [UInt8] {
    try ReadableFile(path, mayWait: true).readToEnd(limit: limit)
}
