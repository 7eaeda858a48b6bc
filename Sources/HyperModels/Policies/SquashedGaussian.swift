import Glibc
import HyperTensor

/// `a = L · tanh(u)`, `u ~ N(μ, σ²)`, independent in each action.
public struct SquashedGaussian {
    /// Where networks' log σ is held (the authors' code).
    public static let logDeviationRange = -20.0...2.0

    /// μ, `[seeds, members, batch, actionSize]`.
    public let mean: Tensor
    /// log σ, of the same shape.
    public let logDeviation: Tensor
    /// L.
    public let actionLimit: Double

    public init(mean: Tensor, logDeviation: Tensor, actionLimit: Double) {
        self.mean = mean
        self.logDeviation = logDeviation
        self.actionLimit = actionLimit
    }

    /// From a network's outputs: log σ is clamped to `logDeviationRange`, with gradient 0 outside.
    init(mean: Tensor, unclampedLogDeviation: Tensor, actionLimit: Double) {
        self.init(
            mean: mean, logDeviation: unclampedLogDeviation.clamped(to: Self.logDeviationRange),
            actionLimit: actionLimit)
    }

    /// `L · tanh(μ)`.
    public var meanAction: Tensor { mean.tanh() * actionLimit }

    /// An action for each standard normal `noise` ε: `L · tanh(μ + σ ε)`.
    public func action(noise: Tensor) -> Tensor { (mean + logDeviation.exp() * noise).tanh() * actionLimit }

    /// An action as `action(noise:)`, with the logarithm of its probability density.
    ///
    /// `log π(a) = Σᵢ (−ε²/2 − log σ − ½ log 2π − 2 (log 2 − u − softplus(−2u)) − log L)`. Twice the bracket
    /// is `log(1 − tanh²u)` in a form that keeps its digits at large |u|. ε stands for (u − μ)/σ, which is its
    /// value and whose gradient, 0, is that of the original.
    ///
    /// - Parameter noise: ε ~ N(0, 1), `[seeds, members, batch, actionSize]`.
    /// - Returns: Actions of that shape, and log π `[seeds, members, batch, 1]`.
    public func sample(noise: Tensor) -> (actions: Tensor, logProbability: Tensor) {
        let unsquashed = mean + logDeviation.exp() * noise
        let normal = noise.square() * -0.5 - logDeviation - (0.5 * log(2 * Double.pi) + log(actionLimit))
        let correction = (log(2) - unsquashed - (unsquashed * -2).softplus()) * 2
        return (unsquashed.tanh() * actionLimit, (normal - correction).sum(axes: [3]))
    }
}
