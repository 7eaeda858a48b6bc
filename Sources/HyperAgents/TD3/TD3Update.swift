import HyperModels
import HyperTensor

/// One update of TD3, traced for a batch: a step of the critics, and in a delayed update a step of the policy and of all targets.
public struct TD3Update {
    let networks: TD3Networks
    let configuration: TD3Configuration
    let losses: TD3Losses

    public init(_ networks: TD3Networks, _ configuration: TD3Configuration) {
        self.networks = networks
        self.configuration = configuration
        losses = TD3Losses(networks, configuration)
    }

    /// The program that trains. Inputs are those of `UpdateFrame` and the host's part of Adam for the critics and, with the policy, for
    /// the actor (`OptimizerInput`).
    ///
    /// Outputs (`UpdateMetric`): critic loss, value mean, and with the policy actor loss, each `[S]` for S seeds.
    public func makeProgram(_ frame: UpdateFrame, includesPolicy: Bool) throws -> Program {
        try Program.trace(includesPolicy ? "td3.update.delayed" : "td3.update") { trace in
            let (batch, noise) = frame.sample(in: trace)
            let update = self.trace(batch, noise: noise.draw(.targetNoise), includesPolicy: includesPolicy, in: trace)
            frame.output(update, in: trace)
        }
    }

    /// The whole update. Adam's scales are inputs of the program (`OptimizerInput`).
    ///
    /// - Parameters:
    ///   - noise: Standard normal, of the target actions, `[seeds, 1, batch, actionSize]`.
    ///   - includesPolicy: Whether it is a delayed update, of policy and targets as well.
    func trace(_ batch: TransitionBatch, noise: Tensor, includesPolicy: Bool, in trace: Trace) -> UpdateValues {
        let critics = stepCritics(batch, noise: noise, scale: trace.scale(of: .critic), in: trace)
        var update = UpdateValues(targets: critics.targets, values: critics.values)
        update.add(gradients: critics.gradients, of: networks.critics.parameters)
        update.metrics = [(.criticLoss, critics.loss), (.valueMean, critics.values.mean(axes: [1, 2]))]
        guard includesPolicy else { return update }
        let policy = stepPolicy(states: batch.states, scale: trace.scale(of: .actor), in: trace)
        update.add(gradients: policy.gradients, of: networks.actorParameters)
        update.metrics.append((.actorLoss, policy.loss))
        return update
    }

    /// One Adam step of both critics.
    ///
    /// - Parameters:
    ///   - noise: Standard normal, of the target actions, `[seeds, 1, batch, actionSize]`.
    ///   - scale: The host's part of Adam, `[2]`.
    func stepCritics(_ batch: TransitionBatch, noise: Tensor, scale: Tensor, in trace: Trace) -> TwinCritics.Step {
        let targets = trace.phase("target") { losses.targets(batch, noise: noise, in: trace) }
        return networks.critics.step(batch, towards: targets, scale: scale, in: trace)
    }

    /// One Adam step of the actor against the updated first critic, then the soft update of all targets.
    ///
    /// - Returns: The actor's loss `[seeds, 1, 1, 1]` and its gradients, before the step.
    func stepPolicy(states: Tensor, scale: Tensor, in trace: Trace) -> (loss: Tensor, gradients: [Tensor]) {
        let policy = trace.phase("actor") {
            let actor = Parameters(reading: networks.actorParameters, in: trace)
            let critics = Parameters(reading: networks.critics.arenas, in: trace)
            let loss = losses.actorLoss(states, actor: actor, critics: critics)
            let gradients = trace.gradients(of: loss, withRespectTo: actor.tensors)
            networks.actorOptimizer.apply(gradients, scale: scale, in: trace)
            return (loss: loss, gradients: gradients)
        }
        trace.phase("soft update") {
            let rate = configuration.targetRate
            networks.critics.updateTargets(rate: rate, in: trace)
            trace.softUpdate(networks.actorTargetArenas, from: networks.actorArenas, rate: rate)
        }
        return policy
    }
}
