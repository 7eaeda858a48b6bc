import HyperModels
import HyperRandom
import HyperTensor

/// What every actor-critic has beside its networks: state on a backend, replay, random actions, policies, and flags
/// that remember losses which were not finite.
public final class ActorCriticCore {
    public let learner: Learner
    public let replay: Replay
    public let stateSize: Int
    public let actionSize: Int
    /// Actions lie in `-actionLimit...actionLimit`.
    public let actionLimit: Double
    let frame: UpdateFrame
    private let randomStreams: [RandomStream]

    /// Adds replay and flags behind the networks in `layout`, and makes the state.
    init(
        behind layout: StateLayout, _ configuration: some ActorCriticConfiguration, stateSize: Int, actionSize: Int,
        actionLimit: Double, seeds: [UInt32], backend: any Backend
    ) throws {
        self.stateSize = stateSize
        self.actionSize = actionSize
        self.actionLimit = actionLimit
        var layout = layout
        frame = try UpdateFrame(
            configuration, TransitionLayout(stateSize: stateSize, actionSize: actionSize), seeds: seeds, in: &layout)
        let state = try backend.makeState(layout)
        try state.write([Float](repeating: 1, count: seeds.count), to: frame.lossFlags)
        replay = try Replay(frame.transitions, table: frame.replay, backend: backend, state: state)
        learner = Learner(seeds: seeds, backend: backend, state: state, pools: [replay])
        randomStreams = seeds.map { RandomStream(seed: $0, stream: .randomAction) }
    }

    /// Uniform actions for an environment step, `[seeds, actionSize]`.
    func actRandomly(step: Int, into actions: UnsafeMutableBufferPointer<Float>) {
        let limit = Float(actionLimit)
        for (seed, stream) in randomStreams.enumerated() {
            for lane in 0..<actionSize {
                let uniform = stream.uniform(step: UInt64(step), lane: UInt32(lane))
                actions[seed * actionSize + lane] = limit * (2 * uniform - 1)
            }
        }
    }

    /// Compiles a policy for `batch` observations of each seed.
    ///
    /// - Parameter actions: Traces the actions for observations `[seeds, 1, batch, stateSize]`.
    func makePolicy(
        _ name: String, batch: Int, _ actions: (_ observations: Tensor, Trace) -> Tensor
    ) throws -> any Policy {
        try ProgramPolicy(
            name, seeds: learner.seeds.count, batch: batch, stateSize: stateSize, backend: learner.backend,
            state: learner.state, actions)
    }

    /// Compiles a policy that explores: one observation of each seed, and a step that numbers its noise.
    ///
    /// - Parameter actions: Traces the actions for observations `[seeds, 1, 1, stateSize]` and standard normal noise
    ///   `[seeds, 1, 1, actionSize]`.
    func makeExploration(
        _ name: String, _ actions: (_ observations: Tensor, _ noise: Tensor, Trace) -> Tensor
    ) throws -> Exploration {
        let seeds = learner.seeds
        let program = try Program.trace(name) { trace in
            let observations = trace.input("observations", TensorType(.float32, [seeds.count, 1, 1, stateSize]))
            let step = trace.input("step", TensorType(.int32, [1]))
            let noise = trace.random(
                .normal, .exploration, seeds: trace.seeds(seeds), step: step,
                shape: [seeds.count, 1, 1, actionSize])
            trace.output("actions", actions(observations, noise, trace))
        }
        return Exploration(try learner.backend.compile(program, state: learner.state))
    }
}

/// A compiled policy that explores.
final class Exploration {
    private let program: any CompiledProgram

    init(_ program: any CompiledProgram) { self.program = program }

    func act(
        _ observations: UnsafeBufferPointer<Float>, step: Int, into actions: UnsafeMutableBufferPointer<Float>
    ) throws {
        try program.setInput(0, UnsafeRawBufferPointer(observations))
        try program.setStep(1, step)
        try program.run()
        try program.readOutput(0, into: UnsafeMutableRawBufferPointer(actions))
    }
}
