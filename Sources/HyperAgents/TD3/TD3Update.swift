import HyperModels
import HyperRandom
import HyperTensor

/// The programs of one TD3 update. Inputs by name; S seeds.
///
/// - `step` i32 `[1]`: the environment step, which numbers the random draws.
/// - `counts` i32 `[S]`: rows that can be sampled.
/// - `critic scale`, `actor scale` f32 `[2]`: the host's part of Adam (`AdamOptimizer.scale`).
///
/// Outputs: `critic loss`, `value mean`, and with the policy `actor loss`, each `[S]`.
public struct TD3Update {
    let networks: TD3Networks
    let configuration: TD3Configuration
    let replay: Variable
    let transitions: TransitionLayout
    let seeds: [UInt32]
    /// 1 for each seed whose losses have all been finite, `[S]`.
    let lossFlags: Variable

    /// The critics' update, with the delayed update of policy and targets if `includesPolicy`.
    public func makeProgram(includesPolicy: Bool) throws -> Program {
        try Program.trace(includesPolicy ? "td3.update.delayed" : "td3.update") { trace in
            let seeds = trace.seeds(self.seeds)
            let step = trace.input("step", TensorType(.int32, [1]))
            let counts = trace.input("counts", TensorType(.int32, [self.seeds.count]))
            let (batch, noise) = trace.phase("sample") {
                let batch = Replay.sample(
                    replay, layout: transitions, batchSize: configuration.batchSize, seeds: seeds, counts: counts,
                    step: step, in: trace)
                let noise = trace.random(
                    .normal, .targetNoise, seeds: seeds, step: step, shape: batch.actions.shape)
                return (batch, noise)
            }
            let criticScale = trace.input("critic scale", TensorType(.float32, [2]))
            let values = Self.traceCriticUpdate(
                networks, configuration, batch: batch, noise: noise, scale: criticScale, in: trace)
            let criticLoss = values.loss.reshaped(to: [self.seeds.count])
            trace.output("critic loss", criticLoss)
            trace.output("value mean", values.values.mean(axes: [1, 2]).reshaped(to: [self.seeds.count]))
            // A loss can overflow once and leave finite weights; only a flag that stays down tells of it later.
            let flags = trace.read(lossFlags) * criticLoss.isFinite()
            guard includesPolicy else { return trace.assign(lossFlags, flags) }
            let actorScale = trace.input("actor scale", TensorType(.float32, [2]))
            let policy = Self.tracePolicyUpdate(
                networks, configuration, states: batch.states, scale: actorScale, in: trace)
            let actorLoss = policy.loss.reshaped(to: [self.seeds.count])
            trace.output("actor loss", actorLoss)
            trace.assign(lossFlags, flags * actorLoss.isFinite())
        }
    }

    /// One Adam step of both critics.
    ///
    /// - Parameters:
    ///   - noise: Standard normal, `[seeds, 1, batch, actionSize]`.
    /// - Returns: The loss `[seeds, 1, 1, 1]`, the values `[seeds, 2, batch, 1]`, the targets `[seeds, 1, batch, 1]`
    ///   and the gradients, all before the step.
    @discardableResult
    static func traceCriticUpdate(
        _ networks: TD3Networks, _ configuration: TD3Configuration, batch: TransitionBatch, noise: Tensor,
        scale: Tensor, in trace: Trace
    ) -> (loss: Tensor, values: Tensor, targets: Tensor, gradients: [Tensor]) {
        let losses = TD3Losses(networks, configuration, in: trace)
        let targets = trace.phase("target") { losses.targets(batch, noise: noise) }
        let parameters = Parameters(reading: networks.criticArenas, mode: .training, in: trace)
        let (values, loss) = trace.phase("critic forward") {
            let values = losses.values(batch, parameters)
            parameters.storeBuffers(in: trace)
            return (values, losses.criticLoss(values: values, targets: targets))
        }
        let gradients = trace.phase("critic backward") {
            trace.gradients(of: loss, withRespectTo: parameters.tensors)
        }
        trace.phase("critic optimiser") { networks.criticOptimizer.apply(gradients, scale: scale, in: trace) }
        return (loss, values, targets, gradients)
    }

    /// One Adam step of the actor against the updated first critic, then the soft update of all targets.
    ///
    /// - Returns: The actor's loss `[seeds, 1, 1, 1]` and its gradients, before the step.
    @discardableResult
    static func tracePolicyUpdate(
        _ networks: TD3Networks, _ configuration: TD3Configuration, states: Tensor, scale: Tensor, in trace: Trace
    ) -> (loss: Tensor, gradients: [Tensor]) {
        let losses = TD3Losses(networks, configuration, in: trace)
        let result = trace.phase("actor") {
            let actor = Parameters(reading: networks.actorParameters, in: trace)
            let critic = Parameters(reading: networks.criticArenas, in: trace)
            let loss = losses.actorLoss(states, actor: actor, critic: critic)
            let gradients = trace.gradients(of: loss, withRespectTo: actor.tensors)
            networks.actorOptimizer.apply(gradients, scale: scale, in: trace)
            return (loss: loss, gradients: gradients)
        }
        trace.phase("soft update") {
            let rate = configuration.targetRate
            trace.softUpdate(networks.criticTargetArenas, from: networks.criticArenas, rate: rate)
            trace.softUpdate(networks.actorTargetArenas, from: networks.actorArenas, rate: rate)
        }
        return result
    }
}

extension Trace {
    /// The seeds of a run as an i32 constant `[S]`.
    func seeds(_ seeds: [UInt32]) -> Tensor {
        constant(seeds.map { Double(Int32(bitPattern: $0)) }, TensorType(.int32, [seeds.count]))
    }
}
