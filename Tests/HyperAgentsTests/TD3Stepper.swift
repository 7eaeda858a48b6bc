import HyperModels
import HyperTensor

@testable import HyperAgents

/// The two programs of a TD3 update with batch and noise as inputs, on any backend.
final class TD3Stepper {
    private let networks: TD3Networks
    private let policyDelay: Int
    private let state: ReferenceState
    private let critics: CriticStepper
    private let policyProgram: any CompiledProgram

    init(_ reference: UpdateReference, backend: any Backend) throws {
        let settings = reference.td3Configuration()
        policyDelay = settings.policyDelay
        var layout = StateLayout()
        let networks = try TD3Networks(
            settings, stateSize: UpdateReference.stateSize, actionSize: UpdateReference.actionSize, actionLimit: 1,
            seeds: 1, critic: reference.critic, in: &layout)
        self.networks = networks
        let store = try backend.makeState(layout)
        state = try ReferenceState(
            reference, store,
            [networks.critics.arenas, networks.actorArenas, networks.critics.targetArenas, networks.actorTargetArenas])
        let update = TD3Update(networks, settings)
        critics = try CriticStepper(networks.critics, state, noiseName: "noise", backend: backend) {
            update.stepCritics($0, noise: $1, scale: $2, in: $3)
        }
        policyProgram = try backend.compile(
            Program.trace("policy") { trace in
                let result = update.stepPolicy(
                    states: ReferenceState.input(trace, "state", UpdateReference.stateSize),
                    scale: trace.input("scale", TensorType(.float32, [2])), in: trace)
                trace.outputs(
                    ["actor.loss": result.loss], gradients: result.gradients, of: networks.actorParameters)
            }, state: store)
    }

    /// Runs update `index` (from 1) and calls `check` with the engine's numbers and the fixture's, by name.
    func update(_ index: Int, _ check: NumberCheck) throws {
        try critics.update(index, check)
        let prefix = "update.\(index)"
        guard index % policyDelay == 0 else { return }
        let policy = try policyProgram.run(
            [state.batch(prefix)[0], networks.actorOptimizer.scaleInput(step: index / policyDelay)])
        try state.compare(["actor.loss"], policy, prefix, check)
        try state.compare(networks.actorOptimizer, gradients: Array(policy.dropFirst()), "\(prefix).actor", check)
        try state.compare(networks.critics.target, "\(prefix).critic_target.parameter", check)
        try state.compare(networks.actorTarget, "\(prefix).actor_target.parameter", check)
    }
}
