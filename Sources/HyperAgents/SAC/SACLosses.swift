import HyperModels
import HyperTensor

/// The equations of SAC (Haarnoja et al. 2018, arXiv:1801.01290 and arXiv:1812.05905), traced on tensors
/// `[seeds, members, batch, size]`.
public struct SACLosses {
    let networks: SACNetworks
    let configuration: SACConfiguration

    public init(_ networks: SACNetworks, _ configuration: SACConfiguration) {
        self.networks = networks
        self.configuration = configuration
    }

    /// The soft target, `y = c r + γ · (1 − terminated) · (minₘ Q′ₘ(s′, a′) − α log π(a′|s′))` with a′ ~ π(s′) and the
    /// reward scale c.
    ///
    /// - Parameter noise: ε ~ N(0, 1) that draws a′, `[seeds, 1, batch, actionSize]`.
    /// - Returns: `[seeds, 1, batch, 1]`; no gradient flows through it.
    public func targets(_ batch: TransitionBatch, noise: Tensor, in trace: Trace) -> Tensor {
        let next = networks.actor.distribution(
            states: batch.nextStates, Parameters(reading: networks.actorParameters, in: trace)
        ).sample(noise: noise)
        let values = networks.critics.values(
            states: batch.nextStates, actions: next.actions,
            Parameters(reading: networks.critics.targetArenas, in: trace))
        let soft = values.minimum(axes: [1]) - weighted(next.logProbability, in: trace)
        return (batch.rewards * configuration.rewardScale + batch.continuations * soft * configuration.discount)
            .stopGradient()
    }

    /// `meanᵦ (α log π(a|s) − minₘ Qₘ(s, a))` with a ~ π(s), reparameterised.
    ///
    /// - Parameter noise: ε ~ N(0, 1) that draws a, `[seeds, 1, batch, actionSize]`.
    /// - Returns: The loss, and the mean of log π, both `[seeds, 1, 1, 1]`.
    public func actorLoss(
        _ states: Tensor, noise: Tensor, actor: Parameters, critics: Parameters, in trace: Trace
    ) -> (loss: Tensor, logProbability: Tensor) {
        let sample = networks.actor.distribution(states: states, actor).sample(noise: noise)
        let values = networks.critics.values(states: states, actions: sample.actions, critics)
        let loss = (weighted(sample.logProbability, in: trace) - values.minimum(axes: [1])).mean(axes: [2])
        return (loss, sample.logProbability.mean(axes: [2]))
    }

    /// `−log α · (mean log π + H̄)` with the target entropy H̄; only α is to follow its gradient.
    ///
    /// - Parameters:
    ///   - logCoefficient: log α, `[seeds, 1, 1, 1]`.
    ///   - logProbability: Mean of log π, of the same shape.
    public func entropyLoss(logCoefficient: Tensor, logProbability: Tensor) -> Tensor {
        -(logCoefficient * (logProbability + networks.temperature.targetEntropy).stopGradient())
    }

    /// `α log π`.
    private func weighted(_ logProbability: Tensor, in trace: Trace) -> Tensor {
        networks.temperature.value(in: trace).broadcast(to: logProbability.shape) * logProbability
    }
}
