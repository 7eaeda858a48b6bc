import HyperTensor

/// A program as a list of steps that can be changed and traced again.
struct ProgramDraft {
    /// One node; see `Node`.
    struct Step {
        var op: Op
        var operands: [NodeID]
        var type: TensorType
    }

    let name: String
    var steps: [Step]
    var outputs: [(name: String, node: NodeID)]

    init(_ program: Program) {
        name = program.name
        steps = program.nodes.map { Step(op: $0.op, operands: $0.operands, type: $0.type) }
        outputs = program.outputs.map { ($0.name, $0.node) }
    }

    /// By step, whether an output or an effect depends on it.
    var live: [Bool] {
        var live = steps.map(\.op.isEffect)
        for output in outputs { live[output.node] = true }
        for id in steps.indices.reversed() where live[id] {
            for operand in steps[id].operands { live[operand] = true }
        }
        return live
    }

    /// The program of the live steps.
    ///
    /// - Parameter change: Called with each step, its operands and its value as they are traced; gives what stands for the value from there
    ///   on.
    /// - Throws: `TensorError` if the steps do not fit together.
    func program(changing change: (Step, [Tensor], Tensor) -> Tensor = { _, _, value in value }) throws -> Program {
        try Program.trace(name) { trace in
            let values = values(in: trace, changing: change)
            for output in outputs {
                if let value = values[output.node] { trace.output(output.name, value) }
            }
        }
    }

    /// Traces the live steps into a program of the caller's; by step, its value.
    func values(
        in trace: Trace, changing change: (Step, [Tensor], Tensor) -> Tensor = { _, _, value in value }
    ) -> [NodeID: Tensor] {
        let live = live
        var values: [NodeID: Tensor] = [:]
        for (id, step) in steps.enumerated() where live[id] {
            let operands = step.operands.compactMap { values[$0] }
            values[id] = change(step, operands, Self.record(step, operands, trace))
        }
        return values
    }

    private static func record(_ step: Step, _ operands: [Tensor], _ trace: Trace) -> Tensor {
        switch step.op {
        case .input(let name): return trace.input(name, step.type)
        case .constant(.values(let values)): return trace.constant(values, step.type)
        case .constant(.fill(let value)): return trace.constant(value, step.type)
        case .read, .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad, .concatenate,
            .reduce, .dot, .matmul, .gather, .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam,
            .softUpdate:
            return trace.record(step.op, operands, step.type.shape)
        }
    }
}

extension RandomProgram {
    /// The program with every value that anything depends on as an output.
    public func specimenOfAllValues() throws -> ProgramSpecimen {
        var draft = ProgramDraft(program)
        let live = draft.live
        draft.outputs = draft.steps.indices.filter { live[$0] && !draft.steps[$0].op.isEffect }.map { ("%\($0)", $0) }
        var specimen = try specimen()
        specimen.program = try draft.program()
        return specimen
    }
}
