import HyperTensor

extension OpCost {
    /// The cost of a launch: the arithmetic of everything fused into it, and each distinct element of its operands and its
    /// result once.
    public init(of launch: Launch) {
        let operands = Set(launch.reads).reduce(0) { $0 + $1.view.distinctCount }
        let moved = 4 * (operands + launch.writes.reduce(0) { $0 + $1.view.count })
        switch launch {
        case .elementwise(let kernel, _, let output):
            self.init(flops: kernel.operations * output.view.count, bytes: moved)
        case .reduce(_, let outer, let length, let inner, _, _):
            self.init(flops: outer * length * inner, bytes: moved)
        case .wideSum(let outer, let length, let inner, _, let output):
            let added = outer * length * inner
            self.init(flops: added, bytes: 8 * (added + output.view.count))
        case .dot(let shape, _, _, let output):
            self.init(flops: 2 * shape.rows * shape.length, bytes: moved + 4 * output.view.count)
        case .matmul(let matmul):
            let elements = matmul.output.view.count
            self.init(flops: elements * (2 * matmul.k + (matmul.epilogue?.operations ?? 0)), bytes: moved)
            if let step = matmul.step {
                // The gradient is neither written nor read.
                let taken = OpCost.adam(elements: elements)
                self.init(flops: flops + taken.flops, bytes: bytes + taken.bytes - 4 * elements)
                if step.target != nil {
                    // The source is at hand.
                    let moved = OpCost.softUpdate(elements: elements)
                    self.init(flops: flops + moved.flops, bytes: bytes + moved.bytes - 4 * elements)
                }
            }
        case .gather(let rows, _, _, let output):
            self.init(bytes: 4 * (2 * output.view.count + rows.replicas * rows.rows))
        case .scatterAdd(_, let updates, _, _):
            self.init(flops: updates.view.count, bytes: moved + 4 * updates.view.count)
        case .assignRows(let shape, let rows, _, _):
            self.init(bytes: 4 * (2 * rows.view.count + shape.replicas * shape.rows))
        case .random(_, _, _, _, _, _, let output):
            self.init(bytes: 4 * output.view.count)
        case .adam(let adam): self = .adam(elements: adam.gradients.reduce(0) { $0 + $1.view.count })
        case .softUpdate(let update): self = .softUpdate(elements: update.sources.reduce(0) { $0 + $1.view.count })
        }
    }
}

extension View {
    /// Elements in memory that the view shows, each counted once.
    fileprivate var distinctCount: Int { zip(shape, strides).reduce(1) { $1.1 == 0 ? $0 : $0 * $1.0 } }
}

extension ElementwiseKernel {
    /// Operations for one element.
    fileprivate var operations: Int {
        instructions.reduce(0) { count, instruction in
            switch instruction {
            case .constant: return count
            case .unary, .binary, .select: return count + 1
            }
        }
    }
}
