import HyperTensor

/// Integers, doubles and dot products, and float32 again behind them.
extension ProgramMaker {
    func ofOtherType(_ x: Tensor) -> Tensor {
        let y = mate(of: x)
        let (wideX, wideY) = (x.cast(to: .float64), y.cast(to: .float64))
        switch choices.below(8) {
        case 0: return (wideX * 0.5 + wideY / (wideY.square() + 1)).cast(to: .float32)
        case 1: return wideX.maximum(wideY).cast(to: .float32)
        case 2: return reducedWide(wideX)
        case 3:
            let counts = counts(like: x)
            return (counts * 3 - counts.minimum(counts + counts)).cast(to: .float32) * x * 0.0625
        case 4:
            let counts = counts(like: x)
            return (counts * counts .< counts + 3).select(x, y)
        case 5:
            let isZero = counts(like: x) .== counts(like: x)
            return isZero.select((wideX * wideX + 1).squareRoot(), wideY).cast(to: .float32)
        case 6:
            // Two types leave one computation.
            let sum = wideX + wideY
            return (sum.cast(to: .float32) + (sum * 0.5).cast(to: .float32)) * 0.25
        default: return stepAlongDot(x, y)
        }
    }

    /// Small whole numbers.
    private func counts(like x: Tensor) -> Tensor {
        trace.constant((0..<x.shape.count).map { _ in Double(choices.below(9) - 4) }, TensorType(.int32, x.shape))
    }

    private func reducedWide(_ x: Tensor) -> Tensor {
        let axis = choices.below(x.shape.rank)
        return (x.sum(axes: [axis]) / Double(2 * max(x.shape[axis], 1))).cast(to: .float32)
    }

    /// `x + α y`, where α is a ratio of dot products: the step of a conjugate gradient.
    private func stepAlongDot(_ x: Tensor, _ y: Tensor) -> Tensor {
        let rows = x.shape[0]
        let flat: Shape = [rows, x.shape.count / rows]
        let (a, b) = (x.reshaped(to: flat), y.reshaped(to: flat))
        let ratio = a.dot(b) / (b.dot(b) + a.dot(a) + 1)
        let spread = ratio.cast(to: .float32).reshaped(to: [rows, 1]).broadcast(to: flat)
        return ((a + spread * b) * 0.5).reshaped(to: x.shape)
    }
}
