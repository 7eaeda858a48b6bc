import HyperModels
import HyperTensor

/// The equations of TD3 (Fujimoto et al. 2018, Algorithm 1, arXiv:1802.09477), traced on tensors
/// `[seeds, members, batch, size]`.
public struct TD3Losses {
    let networks: TD3Networks
    let configuration: TD3Configuration
    let trace: Trace

    public init(_ networks: TD3Networks, _ configuration: TD3Configuration, in trace: Trace) {
        self.networks = networks
        self.configuration = configuration
        self.trace = trace
    }

    /// Target actions with smoothing noise: `ã = clip(π′(s′) + L · clip(σ ε, −c, c), −L, L)`.
    ///
    /// - Parameter noise: ε ~ N(0, 1), `[seeds, 1, batch, actionSize]`.
    func smoothedTargetActions(_ batch: TransitionBatch, noise: Tensor) -> Tensor {
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
    public func targets(_ batch: TransitionBatch, noise: Tensor) -> Tensor {
        let actions = smoothedTargetActions(batch, noise: noise)
        let values = networks.critic(
            states: twice(batch.nextStates), actions: twice(actions),
            Parameters(reading: networks.criticTargetArenas, in: trace))
        let next = values.minimum(axes: [1])
        return (batch.rewards + batch.continuations * next * configuration.discount).stopGradient()
    }

    /// Values of both critics for the batch's own actions, `[seeds, 2, batch, 1]`.
    public func values(_ batch: TransitionBatch, _ parameters: Parameters) -> Tensor {
        networks.critic(states: twice(batch.states), actions: twice(batch.actions), parameters)
    }

    /// `Σₘ meanᵦ (Qₘ(s, a) − y)²`, `[seeds, 1, 1, 1]`.
    public func criticLoss(values: Tensor, targets: Tensor) -> Tensor {
        (values - targets.broadcast(to: values.shape)).square().mean(axes: [2]).sum(axes: [1])
    }

    /// `−meanᵦ Q₁(s, π(s))`, `[seeds, 1, 1, 1]`. With a hypernetwork on (state, action) its gradient passes through the
    /// dynamic network alone.
    public func actorLoss(_ states: Tensor, actor: Parameters, critic: Parameters) -> Tensor {
        let actions = networks.actor(states: states, actor)
        return -networks.critic(states: states, actions: actions, critic.member(0)).mean(axes: [2])
    }

    /// One copy for each critic; a view, nothing moves.
    private func twice(_ tensor: Tensor) -> Tensor {
        tensor.broadcast(to: tensor.shape.replacing(1, with: TD3Networks.members))
    }
}
