/// A failure of the CPU backend: memory or libraries that the system does not give.
public struct CPUError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line: the call, what it was for, the numbers, what to do.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { "CPU: \(message)" }
}
