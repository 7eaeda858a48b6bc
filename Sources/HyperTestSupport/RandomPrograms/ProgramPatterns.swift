import HyperTensor

/// Counts what a program has: ops by kind, and patterns. Nodes that nothing depends on do not count.
public struct ProgramPatterns {
    public private(set) var kinds: [Op.Kind: Int] = [:]
    public private(set) var patterns: [ProgramPattern: Int] = [:]

    private let program: Program
    private var nodes: [Node] { program.nodes }
    private var live: [Bool] = []
    /// By node, its live users, once for each operand.
    private var users: [[NodeID]] = []
    private var outputs: Set<NodeID> = []
    /// By node, the reads of one variable that it is a view of; empty if it is none.
    private var origins: [Set<NodeID>] = []
    /// By variable, the effects that change it.
    private var changes: [Variable: [NodeID]] = [:]

    public init(_ program: Program) {
        self.program = program
        live = ProgramDraft(program).live
        users = [[NodeID]](repeating: [], count: nodes.count)
        origins = [Set<NodeID>](repeating: [], count: nodes.count)
        outputs = Set(program.outputs.map(\.node))
        for (id, node) in nodes.enumerated() where live[id] {
            kinds[node.op.kind, default: 0] += 1
            for operand in node.operands { users[operand].append(id) }
            for variable in node.op.assignedVariables { changes[variable, default: []].append(id) }
            switch node.op {
            case .read: origins[id] = [id]
            case .broadcast, .reshape, .transpose, .slice, .stopGradient: origins[id] = origins[node.operands[0]]
            case .concatenate where joinsNeighbours(node): origins[id] = origins[node.operands[0]]
            default: break
            }
        }
        for id in nodes.indices where live[id] {
            countReads(id)
            countProducts(id)
            countEffects(id)
            countMovement(id)
        }
        countOutputs()
        countUsesAcrossChanges()
    }

    private mutating func count(_ pattern: ProgramPattern, if holds: Bool = true) {
        if holds { patterns[pattern, default: 0] += 1 }
    }

    private func isView(_ op: Op) -> Bool {
        switch op {
        case .broadcast, .reshape, .transpose, .slice, .stopGradient, .concatenate: return true
        default: return false
        }
    }

    /// What a view is a view of; the node itself if it is none.
    private func source(_ id: NodeID) -> NodeID {
        switch nodes[id].op {
        case .broadcast, .reshape, .transpose, .slice, .stopGradient: return source(nodes[id].operands[0])
        default: return id
        }
    }

    private func readVariable(_ id: NodeID) -> Variable? {
        if case .read(let variable) = nodes[id].op { return variable }
        return nil
    }

    // MARK: Reads

    private mutating func countReads(_ id: NodeID) {
        for origin in origins[id] {
            guard let variable = readVariable(origin) else { continue }
            let effects = changes[variable] ?? []
            let isLater = effects.contains { $0 < origin }
            let isOutput = outputs.contains(id)
            let lastUse = isOutput ? nodes.count : users[id].filter { !isView(nodes[$0].op) }.max() ?? -1
            let isKept = effects.contains { $0 > origin && $0 < lastUse }
            guard isOutput || !users[id].isEmpty else { continue }
            count(.keptOutput, if: isOutput && isKept)
            switch nodes[id].op {
            case .read:
                count(.keptWhole, if: isKept)
                count(.laterWhole, if: isLater)
            case .slice:
                count(.keptSlice, if: isKept)
                count(.laterSlice, if: isLater)
            case .concatenate:
                count(.keptJoined, if: isKept)
                count(.laterJoined, if: isLater)
            case .broadcast:
                count(.keptBroadcast, if: isKept)
                count(.laterBroadcast, if: isLater)
            case .transpose:
                count(.keptTranspose, if: isKept)
                count(.laterTranspose, if: isLater)
            case .reshape:
                count(.keptReshape, if: isKept)
                count(.laterReshape, if: isLater)
            default: break
            }
        }
    }

    /// Ops whose operands are views of one read, written the same but of another value of the variable.
    private mutating func countUsesAcrossChanges() {
        struct Use: Hashable {
            let op: Op
            let views: [Op]
            let shapes: [Shape]
        }
        var reads: [Use: NodeID] = [:]
        for (id, node) in nodes.enumerated() where live[id] && !isView(node.op) && !node.op.isEffect {
            guard let operand = node.operands.first, let read = origins[operand].first,
                let variable = readVariable(read), node.operands.allSatisfy({ origins[$0].count < 2 })
            else { continue }
            var views: [Op] = []
            var shapes: [Shape] = []
            var position = operand
            while position != read {
                views.append(nodes[position].op)
                shapes.append(nodes[position].type.shape)
                position = nodes[position].operands[0]
            }
            let use = Use(op: node.op, views: views + [.read(variable)], shapes: shapes)
            if let earlier = reads[use], (changes[variable] ?? []).contains(where: { earlier < $0 && $0 < read }) {
                count(.sameUseAcrossChange)
            }
            reads[use] = read
        }
    }

    // MARK: Products

    private mutating func countProducts(_ id: NodeID) {
        let node = nodes[id]
        guard case .matmul(let left, let right) = node.op else { return }
        let shape = node.type.shape
        let operand = nodes[node.operands[0]].type.shape
        let slices = users[id].filter { nodes[$0].op.kind == .slice }
        let mine = Set(users[id])
        count(.slicedProduct, if: slices.count == 1 && mine.count == 1 && !outputs.contains(id))
        count(.productSlicedTwice, if: slices.count > 1)
        count(.sharedProduct, if: mine.count - slices.count > 1)
        count(.productWithOneTerm, if: operand[operand.rank - (left ? 2 : 1)] == 1)
        count(.productWithOneRow, if: shape[shape.rank - 2] == 1)
        count(.productWithOneColumn, if: shape[shape.rank - 1] == 1)
        count(.productOfBothTransposed, if: left && right)
        count(
            .productWithEpilogue,
            if: !mine.isEmpty && !outputs.contains(id)
                && mine.allSatisfy {
                    switch nodes[$0].op {
                    case .unary, .binary, .select: return true
                    default: return false
                    }
                })
        let sources = node.operands.map { nodes[source($0)].op }
        count(.productOfRelu, if: sources.contains(.unary(.relu)))
        count(.productOfBroadcast, if: node.operands.contains { nodes[$0].op == .broadcast })
        let isComputed = sources.allSatisfy {
            switch $0 {
            case .input, .constant, .read: return false
            default: return true
            }
        }
        count(.batchedProduct, if: shape.rank > 2 && isComputed)
    }

    // MARK: Effects

    private mutating func countEffects(_ id: NodeID) {
        let node = nodes[id]
        switch node.op {
        case .adam:
            let gradients = node.operands.dropLast()
            for gradient in gradients {
                let isProduct = nodes[gradient].op.kind == .matmul
                let isAlone = users[gradient].count == 1 && !outputs.contains(gradient)
                count(.gradientIsProduct, if: isProduct && isAlone)
                count(.gradientIsUsedElsewhere, if: isProduct && !isAlone)
                count(.gradientOfOwnArenas, if: isProduct && isAlone && readsChanged(gradient, by: id))
                count(.gradientOfEarlierValue, if: isProduct && isAlone && readsEarlierValue(gradient, before: id))
                count(.gradientIsRead, if: nodes[gradient].op.kind == .read)
                count(.gradientIsView, if: isView(nodes[gradient].op) && nodes[source(gradient)].op.kind != .constant)
            }
            count(.gradientIsShared, if: Set(gradients).count < gradients.count)
            let scale = nodes[node.operands[gradients.count]].op.kind
            count(.scaleIsRead, if: scale == .read)
            count(.scaleIsComputed, if: ![.read, .constant, .input].contains(scale))
        case .softUpdate(let update):
            let isStepped = nodes[..<id].contains { other in
                guard case .adam(let step) = other.op else { return false }
                return !Set(step.parameters).isDisjoint(with: update.sources)
            }
            count(isStepped ? .softUpdateBehindStep : .softUpdateFromOthers)
            for (reader, other) in nodes.enumerated() where live[reader] {
                guard case .read(let variable) = other.op, update.targets.contains(variable) else { continue }
                count(reader < id ? .targetReadBefore : .targetReadBehind)
            }
        case .assign(let variable): countAssign(variable, node.operands[0])
        case .assignRows(let variable):
            count(.assignRowsFromOwnTable, if: readVariable(source(node.operands[0])) == variable)
        default: break
        }
    }

    /// Whether a product reads a variable that a step, or a later soft update from the step's parameters, changes.
    private func readsChanged(_ product: NodeID, by step: NodeID) -> Bool {
        var changed = Set(nodes[step].op.assignedVariables)
        for node in nodes[step...] {
            guard case .softUpdate(let update) = node.op, !changed.isDisjoint(with: update.sources) else { continue }
            changed.formUnion(update.targets)
        }
        return nodes[product].operands.contains { readVariable(source($0)).map(changed.contains) ?? false }
    }

    /// Whether a product reads a variable that an effect between it and another one changes.
    private func readsEarlierValue(_ product: NodeID, before effect: NodeID) -> Bool {
        nodes[product].operands.contains { operand in
            readVariable(source(operand)).map { (changes[$0] ?? []).contains { product < $0 && $0 < effect } } ?? false
        }
    }

    private mutating func countAssign(_ variable: Variable, _ value: NodeID) {
        let node = nodes[value]
        let held = origins[value].compactMap(readVariable)
        count(.assignOfOwnView, if: isView(node.op) && (held.contains(variable) || isPermuted(variable, node)))
        count(.assignOfOtherVariable, if: held.contains { $0 != variable })
        count(.assignOfRead, if: node.op.kind == .read)
        count(.assignOfProduct, if: node.op.kind == .matmul)
        switch node.op {
        case .unary, .binary, .select: count(.assignOfElementwise)
        default: break
        }
    }

    /// Whether the value is joined from parts of the variable itself.
    private func isPermuted(_ variable: Variable, _ node: Node) -> Bool {
        node.op.kind == .concatenate && node.operands.allSatisfy { readVariable(source($0)) == variable }
    }

    // MARK: Movement

    private mutating func countMovement(_ id: NodeID) {
        let node = nodes[id]
        switch node.op {
        case .binary(.add): count(.sumOfPads, if: node.operands.allSatisfy { nodes[$0].op.kind == .pad })
        case .concatenate:
            count(.repeatedPart, if: Set(node.operands).count < node.operands.count)
            count(.broadcastParts, if: node.operands.allSatisfy { nodes[$0].op == .broadcast })
            count(.joinedNeighbours, if: joinsNeighbours(node))
        case .reduce(_, let axes): count(.reductionOverSeveralAxes, if: axes.count > 1)
        default: break
        }
    }

    /// Whether the parts are slices of one value, each of which begins where the one before ends.
    private func joinsNeighbours(_ node: Node) -> Bool {
        guard case .concatenate(let axis) = node.op else { return false }
        var end: [Int]?
        for operand in node.operands {
            guard case .slice(let starts) = nodes[operand].op,
                nodes[operand].operands == nodes[node.operands[0]].operands
            else { return false }
            if let end, end != starts { return false }
            var next = starts
            next[axis] += nodes[operand].type.shape[axis]
            end = next
        }
        return true
    }

    // MARK: Outputs

    private mutating func countOutputs() {
        for output in program.outputs {
            let op = nodes[output.node].op
            count(.outputIsRead, if: op.kind == .read)
            count(.outputIsView, if: isView(op))
            count(.outputIsInput, if: op.kind == .input)
            count(.outputIsTwice, if: program.outputs.contains { $0.node == output.node && $0.name > output.name })
            count(.outputIsInteger, if: output.type.element == .int32)
            count(.firstOrderGradient, if: output.name.hasPrefix("gradient"))
            count(.secondOrderGradient, if: output.name.hasPrefix("second"))
        }
    }
}
