extension Program {
    /// The same program, in which a matmul of which only a slice is used computes no more than that slice: the gradient of Q with respect
    /// to (s, a) gives the actor's step its columns of a alone.
    ///
    /// Every element of a product is a sum of its own, so what is left keeps its bits.
    func withSlicedProducts() -> Program {
        var rewrite = ProgramRewrite(self)
        /// Rows (or columns) `range` of a matrix, with all of its other axis; and the matrices `batch` of those that there are.
        func part(_ matrices: NodeID, _ batch: [Range<Int>], _ range: Range<Int>, axis: Int, for node: Node) -> NodeID {
            let type = rewrite.nodes[matrices].type
            var ranges = batch + [0..<type.shape[batch.count], 0..<type.shape[batch.count + 1]]
            ranges[batch.count + axis] = range
            let shape = Shape(ranges.map(\.count))
            if shape == type.shape { return matrices }
            return rewrite.append(
                .slice(starts: ranges.map(\.lowerBound)), [matrices], TensorType(type.element, shape), like: node)
        }

        for (id, node) in nodes.enumerated() {
            if case .slice(let starts) = node.op, rewrite.uses[node.operands[0]] == 1,
                case .matmul(let transposeLeft, let transposeRight) = nodes[node.operands[0]].op
            {
                let product = nodes[node.operands[0]]
                let ranges = zip(starts, node.type.shape.dimensions).map { $0..<$0 + $1 }
                let batch = Array(ranges.dropLast(2))
                let (left, right) = (rewrite.position[product.operands[0]], rewrite.position[product.operands[1]])
                let rows = part(left, batch, ranges[batch.count], axis: transposeLeft ? 1 : 0, for: product)
                let columns = part(right, batch, ranges[batch.count + 1], axis: transposeRight ? 0 : 1, for: product)
                rewrite.place(id, at: rewrite.append(product.op, [rows, columns], node.type, like: product))
            } else {
                rewrite.keep(id)
            }
        }
        return rewrite.finished()
    }
}
