import HyperModels
import HyperTensor

@testable import HyperAgents

/// The critics' part of an update, with batch and noise as inputs, on any backend.
struct CriticStepper {
    private let critics: TwinCritics
    private let state: ReferenceState
    private let noiseName: String
    private let program: any CompiledProgram

    /// - Parameters:
    ///   - noiseName: The fixture's name of the noise in the target's actions.
    ///   - update: Traces the update.
    init(
        _ critics: TwinCritics, _ state: ReferenceState, noiseName: String, backend: any Backend,
        _ update: (_ batch: TransitionBatch, _ noise: Tensor, _ scale: Tensor, Trace) -> TwinCritics.Step
    ) throws {
        self.critics = critics
        self.state = state
        self.noiseName = noiseName
        program = try backend.compile(
            Program.trace("critic") { trace in
                let result = update(
                    ReferenceState.transitions(trace),
                    ReferenceState.input(trace, "noise", UpdateReference.actionSize),
                    trace.input("scale", TensorType(.float32, [2])), trace)
                trace.outputs(
                    ["critic.loss": result.loss, "values": result.values, "targets": result.targets],
                    gradients: result.gradients, of: critics.parameters)
            }, state: state.store)
    }

    /// Runs update `index` (from 1) and compares everything that it gives or changes.
    func update(_ index: Int, _ check: NumberCheck) throws {
        let prefix = "update.\(index)"
        let outputs = try program.run(
            state.batch(prefix) + [
                state.reference.numbers("\(prefix).\(noiseName)"), critics.optimizer.scaleInput(step: index),
            ])
        try state.compare(["critic.loss", "values", "targets"], outputs, prefix, check)
        try state.compare(critics.optimizer, gradients: Array(outputs.dropFirst(3)), "\(prefix).critic", check)
        if let buffers = critics.arenas.buffers { try state.compare(buffers, "\(prefix).critic.buffer", check) }
    }
}
