import Glibc
import HyperTensor

/// `a ~ N(μ, diag σ²)`, neither squashed nor clipped: a policy whose actions the environment clips.
public struct DiagonalGaussian {
    /// μ, `[seeds, members, samples, actionSize]`.
    public let mean: Tensor
    /// log σ, `[seeds, members, rows, actionSize]`: one row for all samples, one for each group of samples
    /// (`DynamicWeights` says which samples form a group), or one for each sample.
    public let logDeviation: Tensor

    public init(mean: Tensor, logDeviation: Tensor) {
        self.mean = mean
        self.logDeviation = logDeviation
    }

    /// An action for each standard normal `noise` ε: `μ + σ ε`.
    ///
    /// - Parameter noise: `[seeds, members, samples, actionSize]`.
    /// - Returns: Of the same shape.
    public func sample(noise: Tensor) -> Tensor { mean + ofSamples(logDeviation.exp()) * noise }

    /// The logarithm of the probability density: `Σᵢ −(aᵢ − μᵢ)² / 2σᵢ² − log σᵢ − ½ log 2π`.
    ///
    /// - Parameter actions: `[seeds, members, samples, actionSize]`.
    /// - Returns: `[seeds, members, samples, 1]`.
    public func logProbability(of actions: Tensor) -> Tensor {
        let halfPrecision = ofSamples((logDeviation * -2).exp() * 0.5)
        let constant = ofSamples(logDeviation + 0.5 * Glibc.log(2 * Double.pi))
        return (-((actions - mean).square() * halfPrecision) - constant).sum(axes: [3])
    }

    /// KL(self ‖ other) = `Σᵢ log(σ₁/σ₀) + (σ₀² + (μ₀ − μ₁)²) / 2σ₁² − ½`, with 0 for this distribution and 1 for the other.
    ///
    /// - Returns: `[seeds, members, samples, 1]`.
    public func divergence(from other: DiagonalGaussian) -> Tensor {
        let (own, others) = (ofSamples(logDeviation), other.ofSamples(other.logDeviation))
        let spread = (own * 2).exp() + (mean - other.mean).square()
        return (others - own + spread * (others * -2).exp() * 0.5 - 0.5).sum(axes: [3])
    }

    /// `Σᵢ log σᵢ + ½ log 2πe`, `[seeds, members, rows, 1]`.
    public var entropy: Tensor { (logDeviation + 0.5 * (Glibc.log(2 * Double.pi) + 1)).sum(axes: [3]) }

    /// Without gradient: the policy that a surrogate loss compares with.
    public func stopGradient() -> DiagonalGaussian {
        DiagonalGaussian(mean: mean.stopGradient(), logDeviation: logDeviation.stopGradient())
    }

    /// Rows of log σ's kind, one for each sample.
    private func ofSamples(_ rows: Tensor) -> Tensor { rows.repeated(forSamples: mean.shape[2]) }
}
