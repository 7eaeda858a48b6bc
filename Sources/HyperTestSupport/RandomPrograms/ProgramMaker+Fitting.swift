import HyperTensor

/// Values of a wanted shape.
extension ProgramMaker {
    /// A value of this shape, made from the pool in one of many ways.
    ///
    /// - Parameter depth: How many ways may be nested.
    func fitted(to shape: Shape, depth: Int = 2) -> Tensor {
        let same = values { $0.shape == shape }
        if !same.isEmpty, depth == 0 || choices.chance(1, of: 2) { return choices.pick(same) }
        guard depth > 0 else { return cut(to: shape) }
        let axes = (0..<shape.rank).filter { shape[$0] > 1 }
        switch choices.below(9) {
        case 0 where shape.rank >= 2:
            let (first, second) = (shape.rank - 2, shape.rank - 1)
            var permutation = Array(0..<shape.rank)
            permutation.swapAt(first, second)
            return fitted(to: Shape(permutation.map { shape[$0] }), depth: depth - 1).transposed(permutation)
        case 1 where !axes.isEmpty:
            return fitted(to: shape.replacing(choices.pick(axes), with: 1), depth: depth - 1).broadcast(to: shape)
        case 2 where !axes.isEmpty:
            let axis = choices.pick(axes)
            let middle = 1 + choices.below(shape[axis] - 1)
            let parts = [middle, shape[axis] - middle].map {
                fitted(to: shape.replacing(axis, with: $0), depth: depth - 1)
            }
            return Tensor.concatenate(parts, axis: axis)
        case 3 where !axes.isEmpty:
            let axis = choices.pick(axes)
            let size = 1 + choices.below(shape[axis] - 1)
            var before = [Int](repeating: 0, count: shape.rank)
            before[axis] = choices.below(shape[axis] - size + 1)
            return fitted(to: shape.replacing(axis, with: size), depth: depth - 1).padded(to: shape, before: before)
        case 4: return fitted(to: shape, depth: depth - 1).tanh()
        case 5:
            return (fitted(to: shape, depth: depth - 1) + fitted(to: shape, depth: depth - 1)) * 0.5
        case 6 where shape.rank >= 2: return product(of: shape, depth: depth - 1)
        case 7: return constant(shape)
        default: return cut(to: shape)
        }
    }

    func constant(_ shape: Shape) -> Tensor {
        if choices.chance(1, of: 2) { return trace.constant(choices.pick([0, 0.5, -0.25, 1]), shape) }
        let numbers = (0..<shape.count).map { _ in Double(choices.below(33) - 16) / 16 }
        return trace.constant(numbers, TensorType(.float32, shape))
    }

    /// Elements of some value that lie one after the other, with zeros behind them where it is small.
    private func cut(to shape: Shape) -> Tensor {
        let count = shape.count
        let large = values { $0.shape.count >= count }
        let source = large.isEmpty ? any() : choices.pick(large)
        let flat = source.reshaped(to: [source.shape.count])
        guard flat.shape.count >= count else { return flat.padded(to: [count], before: [0]).reshaped(to: shape) }
        let start = choices.below(flat.shape.count - count + 1)
        return flat.slice(axis: 0, start..<start + count).reshaped(to: shape)
    }
}
