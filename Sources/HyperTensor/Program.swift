/// The position of a node in its program; operands come before their users.
public typealias NodeID = Int

/// A named part of an algorithm's step (target, critic forward, …), by which profiles are told.
public struct Phase: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { self.init(value) }

    public var description: String { name }
}

/// One op of a program, with its operands and the type of its value.
public struct Node: Hashable, Sendable {
    public let op: Op
    public let operands: [NodeID]
    /// Type of the value; an effect has the empty type `f32[0]`.
    public let type: TensorType
    /// The phases that asked for this value; several when a pass merged equal nodes.
    public internal(set) var phases: [Phase]
    public let location: SourceLocation
    /// The piece of work that the node was traced in, 0 outside of any (`Trace.sums(over:)`): nothing is fused across pieces.
    public let piece: Int
}

/// A value that a program takes or gives, by name.
public struct ProgramValue: Hashable, Sendable {
    public let name: String
    public let node: NodeID
    public let type: TensorType
}

/// An immutable graph of typed ops in execution order, traced once and run many times.
///
/// Pure nodes may run in any order that respects operands; effects run in node order, each after every `read` that
/// precedes it.
public struct Program: Sendable, CustomStringConvertible {
    public let name: String
    public let nodes: [Node]
    public let inputs: [ProgramValue]
    public let outputs: [ProgramValue]

    /// The variables that the program reads or changes, each once, in the order of first use. O(nodes).
    public var variables: [Variable] {
        var seen: Set<Variable> = []
        var result: [Variable] = []
        for node in nodes {
            var used = node.op.assignedVariables + node.op.implicitlyReadVariables
            if case .read(let variable) = node.op { used.append(variable) }
            for variable in used where seen.insert(variable).inserted { result.append(variable) }
        }
        return result
    }

    public func inputIndex(_ name: String) -> Int? { inputs.firstIndex { $0.name == name } }
    public func outputIndex(_ name: String) -> Int? { outputs.firstIndex { $0.name == name } }

    /// One line per node: `%7 f32[2, 100, 256] = matmul(%3, %5)  # critic forward`.
    public var description: String {
        var lines = ["program \(name)"]
        for (id, node) in nodes.enumerated() {
            let operands = node.operands.map { "%\($0)" }.joined(separator: ", ")
            let value = node.op.isEffect ? "" : "%\(id) \(node.type) = "
            let phase = node.phases.isEmpty ? "" : "  # " + node.phases.map(\.name).joined(separator: " + ")
            lines.append("  \(value)\(node.op.label)(\(operands))\(phase)")
        }
        for output in outputs { lines.append("  output \(output.name) = %\(output.node)") }
        return lines.joined(separator: "\n")
    }
}

extension Op {
    /// The op with its parameters, as a program prints it.
    var label: String {
        switch self {
        case .input(let name): return "input \(name)"
        case .constant(.fill(let value)): return "constant \(value)"
        case .constant(.values(let values)):
            return
                "constant [\(values.prefix(4).map { "\($0)" }.joined(separator: ", "))\(values.count > 4 ? ", …" : "")]"
        case .read(let variable): return "read \(variable.name)"
        case .cast(let element): return "cast \(element.label)"
        case .transpose(let permutation): return "transpose \(permutation)"
        case .slice(let starts): return "slice \(starts)"
        case .pad(let before): return "pad \(before)"
        case .concatenate(let axis): return "concatenate axis \(axis) "
        case .reduce(let reduction, let axes): return "reduce_\(reduction.rawValue) \(axes)"
        case .matmul(let left, let right): return "matmul" + (left ? " ᵀleft" : "") + (right ? " ᵀright" : "")
        case .random(let distribution, let stream): return "random_\(distribution.rawValue) \(stream)"
        case .assign(let variable): return "assign \(variable.name)"
        case .assignRows(let variable): return "assign_rows \(variable.name)"
        case .adam(let update): return "adam \(update.parameters.first?.arena ?? "")"
        case .softUpdate(let update): return "soft_update \(update.targets.first?.arena ?? "") rate \(update.rate)"
        case .unary, .binary, .select, .broadcast, .reshape, .dot, .gather, .scatterAdd, .stopGradient:
            return kind.description
        }
    }
}
