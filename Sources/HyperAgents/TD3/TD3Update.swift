import HyperModels
import HyperRandom
import HyperTensor

/// The programs of one TD3 update. Inputs are those of `UpdateFrame`, the host's part of Adam for the critics and, with the policy, for
/// the actor (`OptimizerInput`).
///
/// Outputs (`UpdateMetric`): critic loss, value mean, and with the policy actor loss, each `[S]` for S seeds.
public struct TD3Update {
    let networks: TD3Networks
    let configuration: TD3Configuration
    let frame: UpdateFrame

    /// The critics' update, with the delayed update of policy and targets if `includesPolicy`.
    public func makeProgram(includesPolicy: Bool) throws -> Program {
        try Program.trace(includesPolicy ? "td3.update.delayed" : "td3.update") { trace in
            let (batch, noise) = frame.sample(in: trace)
            let update = Self.traceUpdate(
                networks, configuration, batch: batch, noise: noise.draw(.targetNoise), includesPolicy: includesPolicy,
                in: trace)
            frame.output(update, in: trace)
        }
    }

    /// The critics' update for a batch, with the delayed update of policy and targets if `includesPolicy`. Adam's scales are inputs of
    /// the program (`OptimizerInput`).
    ///
    /// - Parameter noise: Standard normal, of the target actions, `[seeds, 1, batch, actionSize]`.
    static func traceUpdate(
        _ networks: TD3Networks, _ configuration: TD3Configuration, batch: TransitionBatch, noise: Tensor,
        includesPolicy: Bool, in trace: Trace
    ) -> UpdateValues {
        let critics = traceCriticUpdate(
            networks, configuration, batch: batch, noise: noise, scale: trace.scale(of: .critic), in: trace)
        var update = UpdateValues(targets: critics.targets, values: critics.values)
        update.add(gradients: critics.gradients, of: networks.critics.parameters)
        update.metrics = [(.criticLoss, critics.loss), (.valueMean, critics.values.mean(axes: [1, 2]))]
        guard includesPolicy else { return update }
        let policy = tracePolicyUpdate(
            networks, configuration, states: batch.states, scale: trace.scale(of: .actor), in: trace)
        update.add(gradients: policy.gradients, of: networks.actorParameters)
        update.metrics.append((.actorLoss, policy.loss))
        return update
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
        return networks.critics.traceUpdate(batch, targets: targets, scale: scale, in: trace)
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
            let critic = Parameters(reading: networks.critics.arenas, in: trace)
            let loss = losses.actorLoss(states, actor: actor, critic: critic)
            let gradients = trace.gradients(of: loss, withRespectTo: actor.tensors)
            networks.actorOptimizer.apply(gradients, scale: scale, in: trace)
            return (loss: loss, gradients: gradients)
        }
        trace.phase("soft update") {
            let rate = configuration.targetRate
            networks.critics.updateTargets(rate: rate, in: trace)
            trace.softUpdate(networks.actorTargetArenas, from: networks.actorArenas, rate: rate)
        }
        return result
    }
}
