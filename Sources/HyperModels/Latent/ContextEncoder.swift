import HyperTensor

/// PEARL's inference network q(z | c) (Rakelly et al. 2019, arXiv 1903.08254, §4.2): an MLP turns each transition of a
/// task's context into a normal distribution of z, and their product is the posterior.
public struct ContextEncoder: Sendable {
    /// A factor's variance is no smaller; below it, it has gradient 0.
    public static let smallestVariance = 1e-7

    public let parameters: ParameterList
    private let network: MLP
    private let latentSize: Int

    /// - Parameters:
    ///   - transitionSize: Numbers of a transition: state, action, reward.
    ///   - latentSize: Size of z.
    public init(transitionSize: Int, latentSize: Int, architecture: LatentArchitecture) {
        var list = ParameterList()
        network = MLP(
            inputSize: transitionSize, hiddenSizes: architecture.encoderSizes, outputSize: 2 * latentSize, in: &list,
            initialization: architecture.initialization, last: architecture.last)
        parameters = list
        self.latentSize = latentSize
    }

    /// What the transitions of each group tell of z. That of two parts of a context is their sum.
    ///
    /// Output l of the network is the mean of zₗ, output `latentSize` + l its variance before softplus.
    ///
    /// - Parameters:
    ///   - transitions: `[seeds, members, samples, transitionSize]`: of each group the same number, one group after the
    ///     other. Samples that do not divide into the groups are an error of the trace.
    ///   - groups: Tasks.
    ///   - values: The parameters' values, `[seeds, members, …]`.
    public func evidence(transitions: Tensor, groups: Int, _ values: Parameters) -> LatentEvidence {
        let output = network(transitions, values)
        let mean = output.slice(axis: 3, 0..<latentSize)
        let raw = output.slice(axis: 3, latentSize..<2 * latentSize).softplus()
        let precision = raw.maximum(raw.trace.constant(Self.smallestVariance, raw.shape)).reciprocal()
        let shape = transitions.shape.prefix(2) + [groups, transitions.shape[2] / max(groups, 1), latentSize]
        func total(_ terms: Tensor) -> Tensor {
            terms.reshaped(to: shape).sum(axes: [3]).reshaped(to: shape.prefix(3) + [latentSize])
        }
        return LatentEvidence(precision: total(precision), weightedMean: total(mean * precision))
    }
}

/// A product of normal densities of z by its natural parameters, which add up over the factors.
public struct LatentEvidence {
    /// `Σₙ 1/σₙ²`, `[seeds, members, groups, latentSize]`.
    public let precision: Tensor
    /// `Σₙ μₙ/σₙ²`, of the same shape.
    public let weightedMean: Tensor

    public init(precision: Tensor, weightedMean: Tensor) {
        self.precision = precision
        self.weightedMean = weightedMean
    }

    /// The product of both.
    public static func + (lhs: LatentEvidence, rhs: LatentEvidence) -> LatentEvidence {
        LatentEvidence(
            precision: lhs.precision + rhs.precision, weightedMean: lhs.weightedMean + rhs.weightedMean)
    }

    /// The density that belongs to it: `σ² = 1 / Σₙ 1/σₙ²`, `μ = σ² Σₙ μₙ/σₙ²`. The prior is none of the factors.
    public var posterior: LatentPosterior {
        let variance = precision.reciprocal()
        return LatentPosterior(mean: variance * weightedMean, variance: variance)
    }
}

/// q(z | c) = N(μ, diag σ²), one for each group.
public struct LatentPosterior {
    /// μ, `[seeds, members, groups, latentSize]`.
    public let mean: Tensor
    /// σ², of the same shape.
    public let variance: Tensor

    public init(mean: Tensor, variance: Tensor) {
        self.mean = mean
        self.variance = variance
    }

    /// z for each standard normal `noise` ε: `μ + σ ε`.
    ///
    /// - Parameter noise: `[seeds, members, groups, latentSize]`.
    /// - Returns: Of the same shape.
    public func sample(noise: Tensor) -> Tensor { mean + variance.squareRoot() * noise }

    /// KL(q ‖ N(0, 1)) = `½ Σₗ σₗ² + μₗ² − 1 − log σₗ²`, `[seeds, members, groups, 1]`.
    public var divergenceFromPrior: Tensor {
        ((variance + mean.square() - 1 - variance.log()) * 0.5).sum(axes: [3])
    }
}
