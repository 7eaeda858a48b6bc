extension Program {
    /// The same program, in which a sum of pads that do not overlap is a concatenation: the gradient of a flat vector that is cut into
    /// parameters is written once, part by part, in place of a sum of as many vectors of full size.
    ///
    /// Pads of one range are added first. No number changes, but for the sign of zeros.
    func withoutDisjointPads() -> Program {
        guard nodes.contains(where: { if case .pad = $0.op { true } else { false } }) else { return self }
        var rewrite = ProgramRewrite(self)
        // Sums that are themselves terms of a larger sum are looked at with that one.
        var isTerm = [Bool](repeating: false, count: nodes.count)
        for node in nodes where node.op == .binary(.add) {
            for operand in node.operands where nodes[operand].op == .binary(.add) && rewrite.uses[operand] == 1 {
                isTerm[operand] = true
            }
        }
        for (id, node) in nodes.enumerated() {
            if node.op == .binary(.add), !isTerm[id], let parts = PaddedParts(sum: id, of: self, rewrite.uses) {
                rewrite.place(id, at: parts.concatenate(like: node, in: &rewrite))
            } else {
                rewrite.keep(id)
            }
        }
        return rewrite.finished()
    }
}

/// The terms of a sum of pads along one axis.
private struct PaddedParts {
    private let axis: Int
    /// By range along the axis, ascending, the nodes that are padded from there.
    private let parts: [(range: Range<Int>, nodes: [NodeID])]
    private let shape: Shape

    /// Nil if a term is no pad, or two of them overlap in part, or they lie along different axes.
    init?(sum: NodeID, of program: Program, _ uses: [Int]) {
        let shape = program.nodes[sum].type.shape
        var terms: [NodeID] = []
        var waiting = [sum]
        while let id = waiting.popLast() {
            let node = program.nodes[id]
            if node.op == .binary(.add), id == sum || uses[id] == 1 {
                waiting += node.operands.reversed()
            } else {
                terms.append(id)
            }
        }
        var found: [Range<Int>: [NodeID]] = [:]
        var axes: Set<Int> = []
        for term in terms {
            guard case .pad(let before) = program.nodes[term].op else { return nil }
            let part = program.nodes[term].operands[0]
            let sizes = program.nodes[part].type.shape
            let padded = (0..<shape.rank).filter { sizes[$0] != shape[$0] }
            guard padded.count == 1 else { return nil }
            axes.insert(padded[0])
            found[before[padded[0]]..<before[padded[0]] + sizes[padded[0]], default: []].append(part)
        }
        guard axes.count == 1, let axis = axes.first else { return nil }
        let parts = found.sorted { ($0.key.lowerBound, $0.key.upperBound) < ($1.key.lowerBound, $1.key.upperBound) }
        guard zip(parts, parts.dropFirst()).allSatisfy({ $0.key.upperBound <= $1.key.lowerBound }) else { return nil }
        self.shape = shape
        self.axis = axis
        self.parts = parts.map { ($0.key, $0.value) }
    }

    func concatenate(like node: Node, in rewrite: inout ProgramRewrite) -> NodeID {
        var pieces: [NodeID] = []
        var end = 0
        func zeros(to next: Int) {
            if next == end { return }
            let type = TensorType(.float32, shape.replacing(axis, with: next - end))
            pieces.append(rewrite.append(.constant(.fill(0)), [], type, like: node))
        }
        for part in parts {
            zeros(to: part.range.lowerBound)
            let type = TensorType(.float32, shape.replacing(axis, with: part.range.count))
            let terms = part.nodes.map { rewrite.position[$0] }
            pieces.append(
                terms.dropFirst().reduce(terms[0]) { rewrite.append(.binary(.add), [$0, $1], type, like: node) })
            end = part.range.upperBound
        }
        zeros(to: shape[axis])
        if pieces.count == 1 { return pieces[0] }
        return rewrite.append(.concatenate(axis: axis), pieces, node.type, like: node)
    }
}
