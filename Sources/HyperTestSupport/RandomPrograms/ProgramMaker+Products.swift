import HyperTensor

/// Products of all forms, and what happens to their results.
extension ProgramMaker {
    /// One or more products, used in one of the ways that a schedule treats apart.
    func useProduct() {
        let shape = productShape()
        let result = product(of: shape, depth: 1)
        switch choices.below(12) {
        case 0: keep(result)
        case 1, 2: keep(withEpilogue(result))
        case 3: keep(((result + product(of: shape, depth: 0)) * 0.25).tanh())
        case 4: keep(smaller(largeProduct()) * 0.5)
        case 5, 6, 7:
            // Two parts of one product.
            let result = largeProduct()
            keep(smaller(result).tanh())
            keep(smaller(result) * 0.5)
        case 8:
            keep(result.tanh())
            keep(transposed(result * 0.5))
            keep(result.relu())
        case 9: keep(reduced(result))
        // Both operands are results of products or of ops.
        case 10:
            let bounded = result * 0.25
            let other = binary(bounded)
            keep(bounded.matmul(other, transposeRight: true) * 0.125)
        default: keep(bounded(product(from: result.relu())))
        }
    }

    /// A product of the given result.
    ///
    /// - Parameters:
    ///   - shape: `[…, m, n]`.
    ///   - inner: k; nil chooses it.
    ///   - isTransposed: Whether both factors are stored transposed; nil chooses for each.
    func product(of shape: Shape, depth: Int, inner: Int? = nil, isTransposed: Bool? = nil) -> Tensor {
        let batch = shape.prefix(shape.rank - 2)
        let (m, n) = (shape[shape.rank - 2], shape[shape.rank - 1])
        let k = inner ?? choices.pick([1, 1, 2, 3, 4, 5, 6, 8])
        let (left, right) = (isTransposed ?? choices.chance(1, of: 3), isTransposed ?? choices.chance(1, of: 3))
        let a = factor(batch + (left ? [k, m] : [m, k]), depth)
        let b = factor(batch + (right ? [n, k] : [k, n]), depth)
        // Sums of many terms are kept small by one of the factors.
        return (k > 2 ? a * 0.25 : a).matmul(b, transposeLeft: left, transposeRight: right)
    }

    /// The product of a value with another of few columns.
    private func product(from x: Tensor) -> Tensor {
        let (batch, k) = (x.shape.prefix(x.shape.rank - 2), x.shape[x.shape.rank - 1])
        return x.matmul(factor(batch + [k, 1 + choices.below(4)], 1))
    }

    /// A product of which parts can be taken.
    private func largeProduct() -> Tensor {
        product(of: choices.pick([[], [2]]) + Shape([3 + choices.below(4), 3 + choices.below(4)]), depth: 1)
    }

    /// A part along one of the two last axes, less than the whole.
    private func smaller(_ x: Tensor) -> Tensor {
        let axis = x.shape.rank - 1 - choices.below(2)
        let size = 1 + choices.below(x.shape[axis] - 1)
        let start = choices.below(x.shape[axis] - size + 1)
        return x.slice(axis: axis, start..<start + size)
    }

    private func productShape() -> Shape {
        let sizes = [1, 1, 2, 3, 4, 5, 6]
        let batch: Shape = choices.pick([[], [], [2], [3], [2, 2]])
        return batch + Shape([choices.pick(sizes), choices.pick(sizes)])
    }

    private func factor(_ shape: Shape, _ depth: Int) -> Tensor {
        if !factorsWanted.isEmpty, choices.chance(1, of: 3), let part = part(of: factorsWanted, shape) { return part }
        let variables = state.free.filter { $0.shape == shape }
        switch choices.below(8) {
        case 0, 1: return fitted(to: shape, depth: depth).relu()
        case 2: return fitted(to: shape, depth: depth).tanh()
        case 3 where !variables.isEmpty:
            let variable = choices.pick(variables)
            factors.append(variable)
            return trace.read(variable)
        case 4: return part(of: state.free, shape) ?? fitted(to: shape, depth: depth)
        default: return fitted(to: shape, depth: depth)
        }
    }

    /// What can be computed while a product's result is still in registers: at most some operations on values of its shape.
    private func withEpilogue(_ result: Tensor) -> Tensor {
        let shape = result.shape
        let row = shape.replacing(shape.rank - 2, with: 1)
        switch choices.below(4) {
        case 0: return ((result + factor(row, 0).broadcast(to: shape)) * 0.25).relu()
        case 1: return result * 0.125 + mate(of: result)
        case 2: return (result * 0.25).tanh() * fitted(to: shape)
        default: return (Self.zero(result) .< result).select(mate(of: result), result * 0.25)
        }
    }

    private static func zero(_ x: Tensor) -> Tensor { x.trace.constant(0, x.shape) }

    /// One time in three a product as it is.
    func bounded(_ x: Tensor) -> Tensor { choices.pick([x, x.tanh(), x * 0.125]) }
}
