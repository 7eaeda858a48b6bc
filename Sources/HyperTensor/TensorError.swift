/// A mistake found while a program was traced, or a program or state that does not fit where it is used.
public struct TensorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line: op, what is wrong, the sizes involved, where it was traced.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}

/// Where in the sources an op was traced.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    public let file: String
    public let line: UInt

    public init(file: String, line: UInt) {
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line)" }
}
