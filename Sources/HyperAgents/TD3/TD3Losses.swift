import HyperModels
import HyperTensor

/// The equations of TD3 (Fujimoto et al. 2018, Algorithm 1, arXiv:1802.09477), traced on tensors
/// `[seeds, members, batch, size]`.
public struct TD3Losses {
    let networks: TD3Networks
    let configuration: TD3Configuration

    public init(_ networks: TD3Networks, _ configuration: TD3Configuration) {
        self.networks = networks
        self.configuration = configuration
    }

    /// Target actions with smoothing noise: `ã = clip(π′(s′) + L · clip(σ ε, −c, c), −L, L)`.
    ///
    /// - Parameter noise: ε ~ N(0, 1), `[seeds, 1, batch, actionSize]`.
    func smoothedTargetActions(_ batch: TransitionBatch, noise: Tensor, in trace: Trace) -> Tensor {
        let limit = networks.actionLimit
        let clip = configuration.targetNoiseClip
        let smoothing = (noise * configuration.targetNoise).clamped(to: -clip...clip) * limit
        let actions = networks.actor(
            states: batch.nextStates, Parameters(reading: networks.actorTarget, in: trace))
        return (actions + smoothing).clamped(to: -limit...limit)
    }

    /// The clipped double-Q target, `y = r + γ · (1 − terminated) · minₘ Q′ₘ(s′, ã)`.
    ///
    /// - Returns: `[seeds, 1, batch, 1]`; no gradient flows through it.
    public func targets(_ batch: TransitionBatch, noise: Tensor, in trace: Trace) -> Tensor {
        let actions = smoothedTargetActions(batch, noise: noise, in: trace)
        let values = networks.critics.values(
            states: batch.nextStates, actions: actions, Parameters(reading: networks.critics.targetArenas, in: trace))
        let next = values.minimum(axes: [1])
        return (batch.rewards + batch.continuations * next * configuration.discount).stopGradient()
    }

    /// `−meanᵦ Q₁(s, π(s))`, `[seeds, 1, 1, 1]`. With a hypernetwork on (state, action) its gradient passes through the
    /// dynamic network alone.
    public func actorLoss(_ states: Tensor, actor: Parameters, critics: Parameters) -> Tensor {
        let actions = networks.actor(states: states, actor)
        return -networks.critics.network(states: states, actions: actions, critics.member(0)).mean(axes: [2])
    }
}
