import HyperModels
import HyperTensor

/// One update of SAC, traced for a batch: a step of the critics, of the actor, of the entropy coefficient where it is learned, and of the
/// targets.
public struct SACUpdate {
    let networks: SACNetworks
    let configuration: SACConfiguration
    let losses: SACLosses

    public init(_ networks: SACNetworks, _ configuration: SACConfiguration) {
        self.networks = networks
        self.configuration = configuration
        losses = SACLosses(networks, configuration)
    }

    /// The program that trains. Inputs are those of `UpdateFrame` and the host's part of Adam for each optimiser (`OptimizerInput`).
    ///
    /// Outputs (`UpdateMetric`): entropy coefficient, critic loss, actor loss, value mean and entropy, each `[S]` for S seeds, all
    /// before the update's steps.
    public func makeProgram(_ frame: UpdateFrame) throws -> Program {
        try Program.trace("sac.update") { trace in
            let (batch, source) = frame.sample(in: trace)
            let (nextNoise, noise) = (source.draw(.targetNoise), source.draw(.policy))
            frame.output(self.trace(batch, nextNoise: nextNoise, noise: noise, in: trace), in: trace)
        }
    }

    /// The whole update. Adam's scales are inputs of the program (`OptimizerInput`).
    ///
    /// - Parameters:
    ///   - nextNoise: Standard normal, draws the target's actions, `[seeds, 1, batch, actionSize]`.
    ///   - noise: The same for the actions of the actor's loss.
    func trace(_ batch: TransitionBatch, nextNoise: Tensor, noise: Tensor, in trace: Trace) -> UpdateValues {
        let critics = stepCritics(batch, noise: nextNoise, scale: trace.scale(of: .critic), in: trace)
        var update = UpdateValues(targets: critics.targets, values: critics.values)
        update.add(gradients: critics.gradients, of: networks.critics.parameters)
        let coefficient = networks.temperature.value(in: trace)
        let policy = stepPolicy(
            states: batch.states, noise: noise, scale: trace.scale(of: .actor),
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
    /// - Parameters:
    ///   - noise: Standard normal, draws the next actions, `[seeds, 1, batch, actionSize]`.
    ///   - scale: The host's part of Adam, `[2]`.
    func stepCritics(_ batch: TransitionBatch, noise: Tensor, scale: Tensor, in trace: Trace) -> TwinCritics.Step {
        let targets = trace.phase("target") { losses.targets(batch, noise: noise, in: trace) }
        return networks.critics.step(batch, towards: targets, scale: scale, in: trace)
    }

    /// What a step of actor and entropy coefficient gives, all before the steps.
    struct PolicyStep {
        /// Of the actor, `[seeds, 1, 1, 1]`.
        let loss: Tensor
        /// The mean of log π, `[seeds, 1, 1, 1]`.
        let logProbability: Tensor
        /// Of the actor's parameters.
        let gradients: [Tensor]
        /// Of log α; none where α is fixed.
        let entropyGradients: [Tensor]
    }

    /// One Adam step of the actor against the updated critics, one of log α where it is learned, then the soft update.
    ///
    /// - Parameters:
    ///   - noise: Standard normal, draws the actions, `[seeds, 1, batch, actionSize]`.
    ///   - entropyScale: Adam's scale for log α; nil where α is fixed.
    func stepPolicy(
        states: Tensor, noise: Tensor, scale: Tensor, entropyScale: Tensor?, in trace: Trace
    ) -> PolicyStep {
        let (loss, logProbability, gradients) = trace.phase("actor") {
            let actor = Parameters(reading: networks.actorParameters, in: trace)
            let critics = Parameters(reading: networks.critics.arenas, in: trace)
            let (loss, logProbability) = losses.actorLoss(
                states, noise: noise, actor: actor, critics: critics, in: trace)
            let gradients = trace.gradients(of: loss, withRespectTo: actor.tensors)
            networks.actorOptimizer.apply(gradients, scale: scale, in: trace)
            return (loss, logProbability, gradients)
        }
        var entropyGradients: [Tensor] = []
        if let entropyScale, let optimizer = networks.temperature.optimizer {
            trace.phase("entropy") {
                let logCoefficient = trace.read(optimizer.parameters.variables[0])
                let loss = losses.entropyLoss(logCoefficient: logCoefficient, logProbability: logProbability)
                entropyGradients = trace.gradients(of: loss, withRespectTo: [logCoefficient])
                optimizer.apply(entropyGradients, scale: entropyScale, in: trace)
            }
        }
        trace.phase("soft update") { networks.critics.updateTargets(rate: configuration.targetRate, in: trace) }
        return PolicyStep(
            loss: loss, logProbability: logProbability, gradients: gradients, entropyGradients: entropyGradients)
    }
}
