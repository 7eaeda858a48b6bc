import HyperTensor

/// Steps that only move elements, and sums of padded values, as gradients of slices are.
extension ProgramMaker {
    func moved(_ x: Tensor) -> Tensor {
        switch choices.below(12) {
        case 0, 1: return transposed(x)
        case 2: return reshaped(x)
        case 3, 4: return sliced(x)
        case 5: return padded(x)
        case 6: return sumOfPads(x)
        case 7: return rejoined(x)
        case 8: return repeated(x)
        case 9: return concatenated(x)
        case 10: return choices.chance(1, of: 2) ? x.stopGradient() : moved(transposed(x))
        default: return x.shape.rank > 1 ? moved(sliced(x)) : reshaped(x)
        }
    }

    func transposed(_ x: Tensor) -> Tensor {
        var permutation = Array(0..<x.shape.rank)
        for index in permutation.indices { permutation.swapAt(index, choices.below(permutation.count)) }
        return x.transposed(permutation)
    }

    func reshaped(_ x: Tensor) -> Tensor {
        let count = x.shape.count
        var shapes: [Shape] = [[count], [1, count], [count, 1]]
        if x.shape.rank < 4 { shapes.append(x.expanded(at: choices.below(x.shape.rank + 1)).shape) }
        // Two axes become one, or one becomes two.
        if x.shape.rank > 1 {
            let axis = choices.below(x.shape.rank - 1)
            var sizes = x.shape.dimensions
            sizes.replaceSubrange(axis...axis + 1, with: [sizes[axis] * sizes[axis + 1]])
            shapes.append(Shape(sizes))
        }
        for divisor in [2, 3] where count % divisor == 0 { shapes.append([divisor, count / divisor]) }
        return x.reshaped(to: choices.pick(shapes))
    }

    func sliced(_ x: Tensor) -> Tensor {
        if choices.chance(1, of: 2) {
            let axis = choices.below(x.shape.rank)
            return x.slice(axis: axis, choices.range(within: x.shape[axis]))
        }
        let ranges = x.shape.dimensions.map { choices.range(within: $0) }
        return x.slice(starts: ranges.map(\.lowerBound), sizes: ranges.map(\.count))
    }

    func padded(_ x: Tensor) -> Tensor {
        let before = (0..<x.shape.rank).map { _ in choices.below(2) }
        return x.padded(
            to: Shape(zip(x.shape.dimensions, before).map { $0 + $1 + choices.below(2) }), before: before)
    }

    /// Two parts, apart or overlapping, each in zeros of the whole's shape.
    private func sumOfPads(_ x: Tensor) -> Tensor {
        let axis = choices.below(x.shape.rank)
        var sum: Tensor?
        for _ in 0..<2 + choices.below(2) {
            let range = choices.range(within: x.shape[axis])
            var before = [Int](repeating: 0, count: x.shape.rank)
            before[axis] = choices.below(x.shape[axis] - range.count + 1)
            // A part that is the whole needs no zeros.
            let part = x.slice(axis: axis, range).padded(to: x.shape, before: before)
            sum = sum.map { $0 + part } ?? part
        }
        return (sum ?? x) * 0.5
    }

    /// Neighbours that are joined again lie as they lay.
    func rejoined(_ x: Tensor) -> Tensor {
        let axes = (0..<x.shape.rank).filter { x.shape[$0] > 1 }
        guard !axes.isEmpty else { return x }
        let axis = choices.pick(axes)
        let middle = 1 + choices.below(x.shape[axis] - 1)
        // One time in four something is left out between them.
        let second = min(middle + (choices.chance(1, of: 4) ? 1 : 0), x.shape[axis] - 1)
        return Tensor.concatenate(
            [x.slice(axis: axis, 0..<middle), x.slice(axis: axis, second..<x.shape[axis])], axis: axis)
    }

    /// A slice of thickness 1, or a new axis, repeated.
    func repeated(_ x: Tensor) -> Tensor {
        guard x.shape.count * 2 <= Self.mostElements else { return sliced(x) }
        if choices.chance(1, of: 2), x.shape.rank < 4 {
            let axis = choices.below(x.shape.rank + 1)
            let expanded = x.expanded(at: axis)
            return expanded.broadcast(to: expanded.shape.replacing(axis, with: 2))
        }
        let axis = choices.below(x.shape.rank)
        let start = choices.below(x.shape[axis])
        return x.slice(axis: axis, start..<start + 1).broadcast(to: x.shape.replacing(axis, with: 1 + choices.below(4)))
    }

    private func concatenated(_ x: Tensor) -> Tensor {
        guard x.shape.count * 3 <= Self.mostElements else { return sliced(x) }
        let axis = choices.below(x.shape.rank)
        switch choices.below(6) {
        case 0: return Tensor.concatenate([x, x], axis: axis)
        case 1: return Tensor.concatenate([x, x.tanh(), x], axis: axis)
        case 2: return Tensor.concatenate([x, mate(of: x)], axis: axis)
        case 3: return Tensor.concatenate([mate(of: x), sliceAlong(x, axis), x], axis: axis)
        // Both parts repeat along one axis, as the inputs of twin critics do.
        default:
            guard x.shape.rank < 4 else { return Tensor.concatenate([x, x], axis: axis) }
            let parts = [x, unary(x)].map { $0.expanded(at: 0) }
            return Tensor.concatenate(
                parts.map { $0.broadcast(to: $0.shape.replacing(0, with: 2)) }, axis: axis + 1)
        }
    }

    private func sliceAlong(_ x: Tensor, _ axis: Int) -> Tensor {
        x.slice(axis: axis, choices.range(within: x.shape[axis]))
    }
}
