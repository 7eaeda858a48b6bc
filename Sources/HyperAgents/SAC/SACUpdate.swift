import HyperModels
import HyperTensor

/// The program of one SAC update: critics, actor, entropy coefficient where it is learned, targets. Inputs are those of
/// `UpdateFrame` and the host's part of Adam for each of the three (`OptimizerInput`).
///
/// Outputs (`UpdateMetric`): entropy coefficient, critic loss, actor loss, value mean and entropy, each `[S]` for S seeds, all
/// before the update's steps.
public struct SACUpdate {
    let networks: SACNetworks
    let configuration: SACConfiguration
    let frame: UpdateFrame

    public func makeProgram() throws -> Program {
        try Program.trace("sac.update") { trace in
            let (batch, source) = frame.sample(in: trace)
            let (nextNoise, noise) = (source.draw(.targetNoise), source.draw(.policy))
            let update = Self.traceUpdate(
                networks, configuration, batch: batch, nextNoise: nextNoise, noise: noise, in: trace)
            frame.output(update, in: trace)
        }
    }

    /// The whole update for a batch. Adam's scales are inputs of the program (`OptimizerInput`).
    ///
    /// - Parameters:
    ///   - nextNoise: Standard normal, draws the target's actions, `[seeds, 1, batch, actionSize]`.
    ///   - noise: The same for the actions of the actor's loss.
    static func traceUpdate(
        _ networks: SACNetworks, _ configuration: SACConfiguration, batch: TransitionBatch, nextNoise: Tensor,
        noise: Tensor, in trace: Trace
    ) -> UpdateValues {
        let critics = traceCriticUpdate(
            networks, configuration, batch: batch, noise: nextNoise, scale: trace.scale(of: .critic), in: trace)
        var update = UpdateValues(targets: critics.targets, values: critics.values)
        update.add(gradients: critics.gradients, of: networks.critics.parameters)
        let coefficient = networks.temperature.value(in: trace)
        let policy = tracePolicyUpdate(
            networks, configuration, states: batch.states, noise: noise, scale: trace.scale(of: .actor),
            entropyScale: networks.temperature.optimizer.map { _ in trace.scale(of: .entropy) }, in: trace)
        update.add(gradients: policy.gradients, of: networks.actorParameters)
        if let optimizer = networks.temperature.optimizer {
            update.add(gradients: policy.entropyGradients, of: optimizer.parameters)
        }
        update.metrics = [
            (.entropyCoefficient, coefficient), (.criticLoss, critics.loss), (.actorLoss, policy.loss),
            (.valueMean, critics.values.mean(axes: [1, 2])), (.entropy, -policy.logProbability),
        ]
        return update
    }

    /// One Adam step of both critics.
    ///
    /// - Parameter noise: Standard normal, draws the next actions, `[seeds, 1, batch, actionSize]`.
    /// - Returns: The loss `[seeds, 1, 1, 1]`, the values `[seeds, 2, batch, 1]`, the targets `[seeds, 1, batch, 1]`
    ///   and the gradients, all before the step.
    @discardableResult
    static func traceCriticUpdate(
        _ networks: SACNetworks, _ configuration: SACConfiguration, batch: TransitionBatch, noise: Tensor,
        scale: Tensor, in trace: Trace
    ) -> (loss: Tensor, values: Tensor, targets: Tensor, gradients: [Tensor]) {
        let losses = SACLosses(networks, configuration, in: trace)
        let targets = trace.phase("target") { losses.targets(batch, noise: noise) }
        return networks.critics.traceUpdate(batch, targets: targets, scale: scale, in: trace)
    }

    /// One Adam step of the actor against the updated critics, one of log α where it is learned, then the soft update.
    ///
    /// - Parameters:
    ///   - noise: Standard normal, draws the actions, `[seeds, 1, batch, actionSize]`.
    ///   - entropyScale: Adam's scale for log α; nil where α is fixed.
    /// - Returns: The actor's loss and the mean of log π, `[seeds, 1, 1, 1]`, the actor's gradients, and that of log α where it is
    ///   learned, all before the steps.
    @discardableResult
    static func tracePolicyUpdate(
        _ networks: SACNetworks, _ configuration: SACConfiguration, states: Tensor, noise: Tensor, scale: Tensor,
        entropyScale: Tensor?, in trace: Trace
    ) -> (loss: Tensor, logProbability: Tensor, gradients: [Tensor], entropyGradients: [Tensor]) {
        let losses = SACLosses(networks, configuration, in: trace)
        let result = trace.phase("actor") {
            let actor = Parameters(reading: networks.actorParameters, in: trace)
            let critics = Parameters(reading: networks.critics.arenas, in: trace)
            let (loss, logProbability) = losses.actorLoss(states, noise: noise, actor: actor, critics: critics)
            let gradients = trace.gradients(of: loss, withRespectTo: actor.tensors)
            networks.actorOptimizer.apply(gradients, scale: scale, in: trace)
            return (loss: loss, logProbability: logProbability, gradients: gradients)
        }
        var entropyGradients: [Tensor] = []
        if let entropyScale, let optimizer = networks.temperature.optimizer {
            trace.phase("entropy") {
                let logCoefficient = trace.read(optimizer.parameters.variables[0])
                let loss = losses.entropyLoss(logCoefficient: logCoefficient, logProbability: result.logProbability)
                entropyGradients = trace.gradients(of: loss, withRespectTo: [logCoefficient])
                optimizer.apply(entropyGradients, scale: entropyScale, in: trace)
            }
        }
        trace.phase("soft update") { networks.critics.updateTargets(rate: configuration.targetRate, in: trace) }
        return (result.loss, result.logProbability, result.gradients, entropyGradients)
    }
}
