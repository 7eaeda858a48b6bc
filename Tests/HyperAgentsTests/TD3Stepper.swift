import HyperModels
import HyperTensor

@testable import HyperAgents

/// The two programs of a TD3 update with batch and noise as inputs, on any backend.
final class TD3Stepper {
    private let networks: TD3Networks
    private let policyDelay: Int
    private let state: ReferenceState
    private let criticProgram: any CompiledProgram
    private let policyProgram: any CompiledProgram

    init(_ reference: UpdateReference, backend: any Backend) throws {
        var configuration: TD3Configuration = reference.configuration()
        configuration.actorLearningRate = 3e-3
        configuration.criticLearningRate = 1e-2
        let settings = configuration
        policyDelay = settings.policyDelay
        var layout = StateLayout()
        let networks = try TD3Networks(
            settings, stateSize: UpdateReference.stateSize, actionSize: UpdateReference.actionSize, actionLimit: 1,
            seeds: 1, critic: reference.critic, in: &layout)
        self.networks = networks
        let store = try backend.makeState(layout)
        state = try ReferenceState(
            reference, store,
            [networks.criticArenas, networks.actorArenas, networks.criticTargetArenas, networks.actorTargetArenas])
        criticProgram = try backend.compile(
            Program.trace("critic") { trace in
                let result = TD3Update.traceCriticUpdate(
                    networks, settings, batch: ReferenceState.transitions(trace),
                    noise: ReferenceState.input(trace, "noise", UpdateReference.actionSize),
                    scale: trace.input("scale", TensorType(.float32, [2])), in: trace)
                trace.outputs(
                    ["critic.loss": result.loss, "values": result.values, "targets": result.targets],
                    gradients: result.gradients, of: networks.criticParameters)
            }, state: store)
        policyProgram = try backend.compile(
            Program.trace("policy") { trace in
                let result = TD3Update.tracePolicyUpdate(
                    networks, settings, states: ReferenceState.input(trace, "state", UpdateReference.stateSize),
                    scale: trace.input("scale", TensorType(.float32, [2])), in: trace)
                trace.outputs(
                    ["actor.loss": result.loss], gradients: result.gradients, of: networks.actorParameters)
            }, state: store)
    }

    /// Runs update `index` (from 1) and calls `check` with the engine's numbers and the fixture's, by name.
    func update(_ index: Int, _ check: NumberCheck) throws {
        let prefix = "update.\(index)"
        let reference = state.reference
        let batch = try state.batch(prefix)
        let outputs = try state.run(
            criticProgram,
            batch + [reference.numbers("\(prefix).noise"), networks.criticOptimizer.scaleInput(step: index)])
        try state.compare(["critic.loss", "values", "targets"], outputs, prefix, check)
        try state.compare(
            networks.criticOptimizer, gradients: Array(outputs.dropFirst(3)), "\(prefix).critic", check)
        if let buffers = networks.criticArenas.buffers {
            try state.compare(buffers, "\(prefix).critic.buffer", check)
        }
        guard index % policyDelay == 0 else { return }
        let policy = try state.run(
            policyProgram, [batch[0], networks.actorOptimizer.scaleInput(step: index / policyDelay)])
        try state.compare(["actor.loss"], policy, prefix, check)
        try state.compare(networks.actorOptimizer, gradients: Array(policy.dropFirst()), "\(prefix).actor", check)
        try state.compare(networks.criticTarget, "\(prefix).critic_target.parameter", check)
        try state.compare(networks.actorTarget, "\(prefix).actor_target.parameter", check)
    }
}
