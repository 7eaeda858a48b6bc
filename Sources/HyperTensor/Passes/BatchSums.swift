extension Program {
    /// The same program, in which a sum over matrices of a batch of products is one longer product: the gradient of weights that all
    /// tasks share is `Σₜ Xₜᵀ dZₜ`, a single sum over the rows of all tasks.
    ///
    /// Where all matrices share an operand, the others are added first: `Σₜ Aₜ B = (Σₜ Aₜ) B`. The order of sums changes; there is one chain
    /// in place of partial sums that go through memory.
    func withoutBatchSums() -> Program {
        var rewrite = ProgramRewrite(self)
        for (id, node) in nodes.enumerated() {
            guard let sum = BatchSum(id, of: self, rewrite.uses) else {
                rewrite.keep(id)
                continue
            }
            rewrite.place(id, at: sum.product(like: node, in: &rewrite))
        }
        return rewrite.finished()
    }
}

/// A sum of products over the last axis of their batch.
private struct BatchSum {
    private let program: Program
    private let product: Node
    /// The axis that is summed; rows and columns follow it.
    private let axis: Int

    /// Nil if the node is no such sum, or if operands would have to be moved in memory for it.
    init?(_ id: NodeID, of program: Program, _ uses: [Int]) {
        let node = program.nodes[id]
        guard case .reduce(.sum, let axes) = node.op, axes.count == 1, uses[node.operands[0]] == 1,
            case .matmul(let left, let right) = program.nodes[node.operands[0]].op
        else { return nil }
        product = program.nodes[node.operands[0]]
        axis = axes[0]
        self.program = program
        guard axis == product.type.shape.rank - 3, product.type.shape[axis] > 1 else { return nil }
        guard isShared(0) || isShared(1) || (left && !right) else { return nil }
    }

    /// Whether all matrices have the same operand.
    private func isShared(_ operand: Int) -> Bool {
        let node = program.nodes[product.operands[operand]]
        guard case .broadcast = node.op else { return false }
        return program.nodes[node.operands[0]].type.shape[axis] == 1
    }

    func product(like node: Node, in rewrite: inout ProgramRewrite) -> NodeID {
        var operands: [NodeID] = []
        let isOneShared = isShared(0) || isShared(1)
        for operand in 0..<2 {
            let id = product.operands[operand]
            if !isOneShared {
                operands.append(stacked(id, like: node, in: &rewrite))
            } else if isShared(operand) {
                operands.append(single(id, like: node, in: &rewrite))
            } else {
                operands.append(summed(id, like: node, in: &rewrite))
            }
        }
        // Of two shared operands all products are one: it counts as often as there are matrices.
        if isShared(0), isShared(1) {
            let scale = rewrite.append(
                .constant(.fill(Double(product.type.shape[axis]))), [], node.type, like: node)
            let one = rewrite.append(product.op, operands, node.type, like: node)
            return rewrite.append(.binary(.multiply), [one, scale], node.type, like: node)
        }
        return rewrite.append(product.op, operands, node.type, like: node)
    }

    /// The rows of all matrices as those of one: `[…, t, k, m]` as `[…, 1, t k, m]`.
    private func stacked(_ id: NodeID, like node: Node, in rewrite: inout ProgramRewrite) -> NodeID {
        let type = program.nodes[id].type
        let rows = type.shape[axis] * type.shape[axis + 1]
        let shape = type.shape.replacing(axis, with: 1).replacing(axis + 1, with: rows)
        return rewrite.append(.reshape, [rewrite.position[id]], TensorType(.float32, shape), like: node)
    }

    private func summed(_ id: NodeID, like node: Node, in rewrite: inout ProgramRewrite) -> NodeID {
        let type = TensorType(.float32, program.nodes[id].type.shape.replacing(axis, with: 1))
        return rewrite.append(.reduce(.sum, axes: [axis]), [rewrite.position[id]], type, like: node)
    }

    private func single(_ id: NodeID, like node: Node, in rewrite: inout ProgramRewrite) -> NodeID {
        let type = TensorType(.float32, program.nodes[id].type.shape.replacing(axis, with: 1))
        let source = program.nodes[id].operands[0]
        if program.nodes[source].type == type { return rewrite.position[source] }
        return rewrite.append(.broadcast, [rewrite.position[source]], type, like: node)
    }
}
