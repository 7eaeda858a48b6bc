import HyperModels
import HyperTensor

@testable import HyperAgents

/// The two programs of a SAC update with batch and noise as inputs, on any backend.
final class SACStepper {
    private let networks: SACNetworks
    private let state: ReferenceState
    private let critics: CriticStepper
    private let policyProgram: any CompiledProgram

    init(_ reference: UpdateReference, backend: any Backend) throws {
        let settings = reference.sacConfiguration()
        var layout = StateLayout()
        let networks = try SACNetworks(
            settings, stateSize: UpdateReference.stateSize, actionSize: UpdateReference.actionSize, actionLimit: 1.5,
            seeds: 1, critic: reference.critic, in: &layout)
        self.networks = networks
        let store = try backend.makeState(layout)
        state = try ReferenceState(
            reference, store, [networks.critics.arenas, networks.critics.targetArenas, networks.actorArenas])
        func scale(_ trace: Trace, _ name: String) -> Tensor { trace.input(name, TensorType(.float32, [2])) }
        let update = SACUpdate(networks, settings)
        critics = try CriticStepper(networks.critics, state, noiseName: "next_noise", backend: backend) {
            update.stepCritics($0, noise: $1, scale: $2, in: $3)
        }
        policyProgram = try backend.compile(
            Program.trace("policy") { trace in
                let result = update.stepPolicy(
                    states: ReferenceState.input(trace, "state", UpdateReference.stateSize),
                    noise: ReferenceState.input(trace, "noise", UpdateReference.actionSize),
                    scale: scale(trace, "scale"),
                    entropyScale: networks.temperature.optimizer.map { _ in scale(trace, "entropy scale") }, in: trace)
                trace.outputs(
                    ["actor.loss": result.loss, "log_probability": result.logProbability],
                    gradients: result.gradients, of: networks.actorParameters)
            }, state: store)
    }

    /// Runs update `index` (from 1) and calls `check` with the engine's numbers and the fixture's, by name.
    func update(_ index: Int, _ check: NumberCheck) throws {
        try critics.update(index, check)
        let prefix = "update.\(index)"
        let reference = state.reference
        let entropy = networks.temperature.optimizer
        let policy = try policyProgram.run(
            [
                state.batch(prefix)[0], reference.numbers("\(prefix).noise"),
                networks.actorOptimizer.scaleInput(step: index),
            ]
                + (entropy.map { [$0.scaleInput(step: index)] } ?? []))
        try state.compare(["actor.loss", "log_probability"], policy, prefix, check)
        try state.compare(networks.actorOptimizer, gradients: Array(policy.dropFirst(2)), "\(prefix).actor", check)
        try state.compare(networks.critics.target, "\(prefix).critic_target.parameter", check)
        if let variable = entropy?.parameters.variables[0] {
            try check("\(prefix).log_alpha", state.values(variable), reference.numbers("\(prefix).log_alpha"))
        }
    }
}
