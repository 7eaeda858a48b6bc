import HyperTensor

/// Elementwise steps. None makes numbers much larger than its operands, and each is continuous where equal values that came by different
/// ways are likely.
extension ProgramMaker {
    /// A number that sums and products of other constants do not meet, exact in float32.
    static let offset = 0.296875

    func unary(_ x: Tensor) -> Tensor {
        switch choices.pick(Unary.allCases) {
        case .negate: return -x
        case .exp: return x.tanh().exp()
        case .log: return (x.square() + 0.5).log()
        case .sqrt: return (x.square() + 0.25).squareRoot() * 0.5
        case .reciprocal: return (x.square() + 1).reciprocal()
        case .tanh: return x.tanh()
        case .sigmoid: return x.sigmoid()
        case .softplus: return x.softplus() * 0.5
        case .abs: return x.magnitude()
        case .sign: return x * x.sign()
        case .square: return x.tanh().square()
        case .floor: return choices.chance(3, of: 4) ? (x * 0.5 + Self.offset).floor() : x - x.stopGradient() * 0.5
        case .relu: return x.relu()
        case .isFinite: return x.isFinite().select(x, x.square())
        }
    }

    func binary(_ x: Tensor) -> Tensor {
        if choices.chance(1, of: 6) { return chain(x) }
        let y = mate(of: x)
        switch choices.pick(Binary.allCases) {
        case .add: return (x + y) * 0.5
        case .subtract: return (x - y) * 0.5
        case .multiply: return x.tanh() * y
        case .divide: return x / (y.square() + 1)
        case .maximum: return x.maximum(y)
        case .minimum: return x.minimum(y)
        case .less: return (x .< y).select(x, y)
        case .lessOrEqual:
            let mask = x .<= y + Self.offset
            return choices.chance(1, of: 3) ? mask : mask.select(y, x)
        // The smaller one, told by equality.
        case .equal: return (x .== x.maximum(y)).select(y, x)
        }
    }

    /// Many operations on few operands: kernels have no more than so many registers.
    private func chain(_ x: Tensor) -> Tensor {
        var value = x
        let others = (0..<1 + choices.below(3)).map { _ in mate(of: x) }
        for _ in 0..<4 + choices.below(24) { value = (value + choices.pick(others).tanh() * 0.5) * 0.5 }
        return value
    }

    /// A value of the shape of `x`: one of the pool, a row or column of it repeated, or a part of something else.
    func mate(of x: Tensor) -> Tensor {
        let whole = x.shape
        switch choices.below(4) {
        case 0:
            let smaller = values { other in
                other.shape != whole && other.shape.rank == whole.rank
                    && (0..<whole.rank).allSatisfy { other.shape[$0] == whole[$0] || other.shape[$0] == 1 }
            }
            if smaller.isEmpty { fallthrough }
            return choices.pick(smaller).broadcast(to: whole)
        case 1: return fitted(to: whole)
        default:
            let same = values { $0.shape == whole }
            return same.isEmpty ? fitted(to: whole) : choices.pick(same)
        }
    }
}
