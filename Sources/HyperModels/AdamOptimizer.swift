import HyperTensor

/// Adam over the parameters of one arena, with its moments in arenas of the same layout.
public struct AdamOptimizer: Sendable {
    public let parameters: Arena
    public let firstMoments: Arena
    public let secondMoments: Arena
    /// α.
    public let learningRate: Double
    let beta1 = 0.9
    let beta2 = 0.999
    let epsilon = 1e-8

    /// The host's part of an update.
    public typealias Scale = (rate: Double, secondCorrection: Double)

    /// Adds the arenas `<parameters>_first_moment` and `<parameters>_second_moment` to `layout`.
    public init(_ parameters: Arena, learningRate: Double, in layout: inout StateLayout) throws {
        self.parameters = parameters
        self.learningRate = learningRate
        firstMoments = try layout.addArena("\(parameters.name)_first_moment", like: parameters, role: .moment)
        secondMoments = try layout.addArena("\(parameters.name)_second_moment", like: parameters, role: .moment)
    }

    /// The host's part of update `step` (from 1): `α / (1 − β₁ᵗ)` and `1 / √(1 − β₂ᵗ)`, computed in Double.
    public func scale(step: Int) -> Scale {
        let first = learningRate / (1 - power(beta1, step))
        let second = 1 / (1 - power(beta2, step)).squareRoot()
        return (first, second)
    }

    /// Traces one update.
    ///
    /// - Parameters:
    ///   - gradients: One for each parameter.
    ///   - scale: `[2]`, the values of `scale(step:)`.
    public func apply(_ gradients: [Tensor], scale: Tensor, in trace: Trace) {
        trace.adam(
            parameters, firstMoments: firstMoments, secondMoments: secondMoments, gradients: gradients, scale: scale,
            beta1: beta1, beta2: beta2, epsilon: epsilon)
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var factor = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
