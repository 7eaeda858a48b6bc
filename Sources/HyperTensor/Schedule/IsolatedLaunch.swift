/// One launch of a schedule, or several that share a kernel call, as a program of its own: what benchmarks time and compare
/// with the reference.
///
/// Operands that were scratch memory, inputs or constants become state variables; strides and broadcasts stay, so that
/// the kernel meets the same memory layout. The result is contiguous.
public struct IsolatedLaunch: Sendable {
    /// What a variable has to hold for the launch to make sense.
    public enum Content: Hashable, Sendable {
        case normal
        /// Numbers above zero: second moments and scales.
        case positive
        /// Integers in `0..<bound`.
        case integers(below: Int)
    }

    public let program: Program
    public let layout: StateLayout
    /// By variable of the layout.
    public let contents: [Content]

    /// Equal for launches that do the same work on the same shapes.
    public var signature: String { "\(program)\(layout.variables)" }

    /// - Parameters:
    ///   - part: The launch, with what passes have folded into it.
    ///   - values: The values that the launch's operands name.
    ///   - updateLimit: Parameters that an optimiser's launch takes at most, in whole variables and at least one; nil takes
    ///     all.
    public init(_ part: LaunchPart, values: [Value], updateLimit: Int? = nil) throws {
        try self.init([part], values: values, updateLimit: updateLimit)
    }

    /// - Parameters:
    ///   - parts: Launches that do not depend on each other, at least one.
    ///   - values: The values that their operands name.
    ///   - updateLimit: As above, for each part.
    public init(_ parts: [LaunchPart], values: [Value], updateLimit: Int? = nil) throws {
        precondition(!parts.isEmpty, "IsolatedLaunch: no launches")
        var operands = IsolatedOperands(values: values, updateLimit: updateLimit)
        let declared = try parts.map { try IsolatedPart($0, &operands) }
        let shared = operands
        program = try Program.trace(parts.map(\.launch.name).joined(separator: " + ")) { trace in
            for (index, part) in declared.enumerated() { part.record("result\(index)", with: shared, in: trace) }
        }
        layout = operands.layout
        contents = operands.contents
    }
}
