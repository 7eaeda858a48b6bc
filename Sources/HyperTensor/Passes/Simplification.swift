extension Program {
    /// The same program with equal pure nodes merged, constants folded and unused nodes dropped.
    func withoutEqualNodes() -> Program {
        var pass = Simplification(program: self)
        return pass.run()
    }

    /// The same program without the nodes that nothing uses; inputs stay.
    func withoutDeadCode() -> Program {
        var live = nodes.map { node -> Bool in
            if case .input = node.op { return true }
            return node.op.isEffect
        }
        for output in outputs { live[output.node] = true }
        for id in nodes.indices.reversed() where live[id] {
            for operand in nodes[id].operands { live[operand] = true }
        }
        var position = [NodeID](repeating: -1, count: nodes.count)
        var kept: [Node] = []
        for (id, node) in nodes.enumerated() where live[id] {
            position[id] = kept.count
            kept.append(
                Node(
                    op: node.op, operands: node.operands.map { position[$0] }, type: node.type, phases: node.phases,
                    location: node.location, piece: node.piece))
        }
        return with(kept, at: position)
    }

    /// A program of other nodes with the same inputs and outputs.
    ///
    /// - Parameter position: For each node of this program where in `nodes` that lies which stands for it.
    func with(_ nodes: [Node], at position: [NodeID]) -> Program {
        func moved(_ value: ProgramValue) -> ProgramValue {
            ProgramValue(name: value.name, node: position[value.node], type: value.type)
        }
        return Program(name: name, nodes: nodes, inputs: inputs.map(moved), outputs: outputs.map(moved))
    }
}

/// Common subexpressions, constant folding and dead code in one walk forwards and one back.
private struct Simplification {
    private struct Key: Hashable {
        let op: Op
        let operands: [NodeID]
        let type: TensorType
        /// How often the variable had been changed before a read.
        let version: Int
    }

    let program: Program
    private var nodes: [Node] = []
    private var seen: [Key: NodeID] = [:]
    private var versions: [Variable: Int] = [:]

    init(program: Program) { self.program = program }

    mutating func run() -> Program {
        var replacement = [NodeID](repeating: 0, count: program.nodes.count)
        for (id, node) in program.nodes.enumerated() {
            replacement[id] = place(node, operands: node.operands.map { replacement[$0] })
        }
        return program.with(nodes, at: replacement).withoutDeadCode()
    }

    private mutating func place(_ node: Node, operands: [NodeID]) -> NodeID {
        if node.op.isEffect {
            for variable in node.op.assignedVariables { versions[variable, default: 0] += 1 }
            return append(node.op, operands, node)
        }
        if let known = identity(node, operands) {
            nodes[known].phases += node.phases.filter { !nodes[known].phases.contains($0) }
            return known
        }
        let op = fold(node, operands).map { Op.constant(.fill($0)) } ?? node.op
        let operands = op == node.op ? operands : []
        var version = 0
        if case .read(let variable) = op { version = versions[variable, default: 0] }
        let key = Key(op: op, operands: operands, type: node.type, version: version)
        if case .input = op { return append(op, operands, node) }
        if let known = seen[key] {
            nodes[known].phases += node.phases.filter { !nodes[known].phases.contains($0) }
            return known
        }
        let id = append(op, operands, node)
        seen[key] = id
        return id
    }

    private mutating func append(_ op: Op, _ operands: [NodeID], _ node: Node) -> NodeID {
        nodes.append(
            Node(
                op: op, operands: operands, type: node.type, phases: node.phases, location: node.location,
                piece: node.piece))
        return nodes.count - 1
    }

    /// The number that a constant has everywhere.
    private func fill(_ id: NodeID) -> Double? {
        if case .constant(.fill(let value)) = nodes[id].op { return value }
        return nil
    }

    /// The operand that the node equals, if it changes nothing.
    private func identity(_ node: Node, _ operands: [NodeID]) -> NodeID? {
        switch node.op {
        case .stopGradient: return operands[0]
        case .binary(.add):
            if fill(operands[0]) == 0 { return operands[1] }
            return fill(operands[1]) == 0 ? operands[0] : nil
        case .binary(.subtract): return fill(operands[1]) == 0 ? operands[0] : nil
        case .binary(.multiply):
            if fill(operands[0]) == 1 { return operands[1] }
            return fill(operands[1]) == 1 ? operands[0] : nil
        case .binary(.divide): return fill(operands[1]) == 1 ? operands[0] : nil
        case .input, .constant, .read, .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate, .reduce, .dot, .matmul, .gather, .scatterAdd, .random, .assign, .assignRows, .adam,
            .softUpdate:
            return nil
        }
    }

    /// The number that a node of constant operands has everywhere.
    private func fold(_ node: Node, _ operands: [NodeID]) -> Double? {
        switch node.op {
        case .broadcast, .reshape, .transpose, .slice: return fill(operands[0])
        case .unary(.negate): return fill(operands[0]).map { -$0 }
        case .reduce(.sum, let axes):
            let shape = nodes[operands[0]].type.shape
            return fill(operands[0]).map { $0 * Double(axes.reduce(1) { $0 * shape[$1] }) }
        case .binary(let function):
            // Int32 results that do not fit are the user's mistake, and left for a backend to make what it will of.
            guard node.type.element != .int32, let a = fill(operands[0]), let b = fill(operands[1]) else { return nil }
            switch function {
            case .add: return a + b
            case .subtract: return a - b
            case .multiply: return a * b
            case .divide: return a / b
            case .maximum, .minimum, .less, .lessOrEqual, .equal: return nil
            }
        case .input, .constant, .read, .unary, .select, .cast, .pad, .concatenate, .reduce, .dot, .matmul, .gather,
            .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam, .softUpdate:
            return nil
        }
    }
}
