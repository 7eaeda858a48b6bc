import HyperTensor

/// Runs a program in double precision with plain loops: slow, obvious, the judge of the backends.
///
/// Nodes run in program order, so effects need no further care. Random numbers are the float32 draws of `HyperRandom`.
/// Integers are exact doubles. NaN operands give NaN in arithmetic, maxima, minima and `relu`; comparisons with NaN are 0.
public struct ReferenceInterpreter: Sendable {
    public let program: Program
    /// For each node, the operands that no later node or output uses.
    private let lastUses: [[NodeID]]

    public init(_ program: Program) {
        self.program = program
        let kept = Set(program.outputs.map(\.node))
        var seen = kept
        var lastUses = [[NodeID]](repeating: [], count: program.nodes.count)
        for (id, node) in program.nodes.enumerated().reversed() {
            lastUses[id] = node.operands.filter { seen.insert($0).inserted }
        }
        self.lastUses = lastUses
    }

    /// Runs the program once.
    ///
    /// - Parameters:
    ///   - inputs: The values of `program.inputs`, each row-major.
    ///   - state: The variables that the program reads and assigns.
    /// - Returns: The values of `program.outputs`, each row-major.
    /// - Throws: `TensorError` if inputs or state do not fit the program.
    public func run(inputs: [[Double]], state: inout ReferenceState) throws -> [[Double]] {
        guard inputs.count == program.inputs.count else {
            throw TensorError(
                "reference: program '\(program.name)' takes \(program.inputs.count) inputs, got \(inputs.count)")
        }
        var given: [NodeID: [Double]] = [:]
        for (input, values) in zip(program.inputs, inputs) {
            guard values.count == input.type.count else {
                throw TensorError(
                    "reference: input '\(input.name)' of '\(program.name)' is \(input.type) (\(input.type.count) values), got \(values.count)"
                )
            }
            given[input.node] = values
        }
        var values = [[Double]](repeating: [], count: program.nodes.count)
        for (id, node) in program.nodes.enumerated() {
            if let input = given[id] {
                values[id] = input
            } else {
                let operands = node.operands.map { ReferenceValue(program.nodes[$0].type.shape, values[$0]) }
                values[id] = try value(of: node, operands, &state)
            }
            for operand in lastUses[id] { values[operand] = [] }
        }
        return program.outputs.map { values[$0.node] }
    }

    /// The value of one node; empty for an effect.
    private func value(
        of node: Node, _ operands: [ReferenceValue], _ state: inout ReferenceState
    ) throws -> [Double] {
        let shape = node.type.shape
        switch node.op {
        case .input(let name): throw TensorError("reference: input '\(name)' has no value")
        case .constant(.fill(let value)): return [Double](repeating: value, count: shape.count)
        case .constant(.values(let values)): return values
        case .read(let variable): return try state.values(of: variable)
        case .unary(let function): return operands[0].values.map(function.reference)
        case .binary(let function):
            return zip(operands[0].values, operands[1].values).map { function.reference($0, $1) }
        case .select:
            return operands[0].values.indices.map { operands[operands[0].values[$0] != 0 ? 1 : 2].values[$0] }
        case .cast(let element): return operands[0].values.map(element.reference)
        case .broadcast: return operands[0].broadcast(to: shape)
        case .reshape, .stopGradient: return operands[0].values
        case .transpose(let permutation): return operands[0].transposed(permutation)
        case .slice(let starts): return operands[0].sliced(starts: starts, shape)
        case .pad(let before): return operands[0].padded(before: before, shape)
        case .concatenate(let axis): return ReferenceValue.concatenated(operands, axis: axis)
        case .reduce(let reduction, let axes): return operands[0].reduced(reduction, axes: axes)
        case .dot: return operands[0].dot(operands[1])
        case .matmul(let transposeLeft, let transposeRight):
            return operands[0].matmul(operands[1], transposeLeft, transposeRight)
        case .gather: return operands[0].gathered(operands[1])
        case .scatterAdd: return operands[0].scatterAdded(operands[1], into: shape)
        case .random(let distribution, let stream):
            return ReferenceRandom.draw(distribution, stream, operands.map(\.values), shape)
        case .assign(let variable):
            try state.set(variable, to: operands[0].values)
        case .assignRows(let variable):
            let held = ReferenceValue(variable.shape, try state.values(of: variable))
            try state.set(variable, to: held.replacingRows(with: operands[0], at: operands[1]))
        case .adam(let update):
            try ReferenceUpdates.adam(update, operands.map(\.values), &state)
        case .softUpdate(let update):
            try ReferenceUpdates.softUpdate(update, &state)
        }
        return []
    }
}

/// The value of a node while the interpreter runs: elements in row-major order.
struct ReferenceValue {
    let shape: Shape
    let values: [Double]

    init(_ shape: Shape, _ values: [Double]) {
        self.shape = shape
        self.values = values
    }
}
