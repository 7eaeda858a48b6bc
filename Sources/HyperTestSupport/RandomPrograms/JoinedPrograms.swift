import HyperReference
import HyperTensor

extension ProgramSpecimen {
    /// One program that does the work of several, which share nothing: a backend that compiles kernels for each program compiles once,
    /// and may run launches of one beside those of another.
    ///
    /// Names of inputs, outputs and arenas begin with the position of theirs: `3.y0`.
    public static func joined(_ specimens: [ProgramSpecimen]) throws -> ProgramSpecimen {
        var layout = StateLayout()
        var inputs: [[Double]] = []
        for (index, specimen) in specimens.enumerated() {
            for arena in specimen.layout.arenas {
                let members = arena.variables.map {
                    (name: String($0.name.dropFirst(arena.name.count + 1)), type: $0.type)
                }
                try layout.addArena("\(index).\(arena.name)", members, role: arena.role)
            }
            inputs += specimen.inputValues
        }
        let arenas = Dictionary(uniqueKeysWithValues: layout.arenas.map { ($0.name, $0) })
        let program = try Program.trace("\(specimens.count) programs") { trace in
            for (index, specimen) in specimens.enumerated() {
                JoinedTrace(trace, prefix: "\(index).", arenas).append(specimen.program)
            }
        }
        var initial = ReferenceState(layout)
        for (index, specimen) in specimens.enumerated() {
            for arena in specimen.layout.arenas {
                for (mine, its) in zip(arenas["\(index).\(arena.name)"]?.variables ?? [], arena.variables) {
                    try initial.set(mine, to: specimen.initial.values(of: its))
                }
            }
        }
        return ProgramSpecimen(program: program, layout: layout, inputs: inputs, initial: initial)
    }
}

/// Traces a program into another one, under names of its own.
private struct JoinedTrace {
    private let trace: Trace
    private let prefix: String
    private let arenas: [String: Arena]

    init(_ trace: Trace, prefix: String, _ arenas: [String: Arena]) {
        self.trace = trace
        self.prefix = prefix
        self.arenas = arenas
    }

    func append(_ program: Program) {
        var values: [Tensor] = []
        for node in program.nodes { values.append(record(node, node.operands.map { values[$0] })) }
        for output in program.outputs { trace.output(prefix + output.name, values[output.node]) }
    }

    /// An effect gives a stand-in for the value that it does not have.
    private func record(_ node: Node, _ operands: [Tensor]) -> Tensor {
        switch node.op {
        case .input(let name): return trace.input(prefix + name, node.type)
        case .constant(.values(let values)): return trace.constant(values, node.type)
        case .read(let variable): return trace.read(moved(variable))
        case .assign(let variable): trace.assign(moved(variable), operands[0])
        case .assignRows(let variable): trace.assignRows(moved(variable), operands[0], at: operands[1])
        case .adam(let update):
            trace.adam(
                arena(update.parameters), firstMoments: arena(update.firstMoments),
                secondMoments: arena(update.secondMoments), gradients: operands.dropLast(),
                scale: operands[operands.count - 1], beta1: update.beta1, beta2: update.beta2, epsilon: update.epsilon)
        case .softUpdate(let update):
            trace.softUpdate(arena(update.targets), from: arena(update.sources), rate: update.rate)
        case .constant(.fill(let value)): return trace.constant(value, node.type)
        case .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad, .concatenate, .reduce,
            .dot, .matmul, .gather, .scatterAdd, .random, .stopGradient:
            return trace.record(node.op, operands, node.type.shape)
        }
        return trace.constant(0)
    }

    /// Effects on several variables take whole arenas.
    private func arena(_ variables: [Variable]) -> Arena {
        guard let name = variables.first?.arena, let arena = arenas[prefix + name],
            arena.variables.count == variables.count
        else { preconditionFailure("joined programs: \(variables) are no arena") }
        return arena
    }

    private func moved(_ variable: Variable) -> Variable {
        let name = prefix + variable.name
        guard let moved = arenas[prefix + variable.arena]?.variables.first(where: { $0.name == name }) else {
            preconditionFailure("joined programs: no variable \(name)")
        }
        return moved
    }
}
