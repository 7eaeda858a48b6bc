import Glibc

/// Buffered text to a file descriptor: the data a command prints on stdout. Not for several threads at once.
public final class OutputWriter {
    private static let bufferSize = 1 << 16
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    public static func standardOutput() -> OutputWriter { OutputWriter(descriptor: STDOUT_FILENO) }

    /// - Parameter descriptor: An open descriptor; the writer does not close it.
    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Adds text; it reaches the descriptor when the buffer is full or with `flush()`.
    ///
    /// - Throws: `CommandError` with status 73 if it cannot be written.
    public func write(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Adds text and a line end.
    public func writeLine(_ text: String) throws { try write(text + "\n") }

    /// Hands everything written so far to the system.
    public func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        try buffer.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else {
                    let reason = String(cString: strerror(errno))
                    throw CommandError(
                        "stdout cannot be written: \(reason) (errno \(errno)).", exitCode: .cannotCreate)
                }
                done += count
            }
        }
    }
}

/// Text for people on stderr; nobody can be told if that fails.
public enum StandardError {
    public static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    public static func writeLine(_ text: String) { write(text + "\n") }
}
