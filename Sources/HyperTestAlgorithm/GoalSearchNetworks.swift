import HyperAgents
import HyperEnvironments
import HyperModels
import HyperTensor

/// The policy, an MLP of state and context, and where it lies in state with its optimiser.
struct GoalSearchNetworks: Sendable {
    let parameters: ParameterList
    let arenas: NetworkArenas
    /// Nil for a policy that only acts.
    let optimizer: AdamOptimizer?
    /// A running mean of returns, `[seeds, 1, 1, 1]`.
    let meanReturn: Variable?
    /// The sum of all updates' returns, f64 `[seeds]`.
    let returnSum: Variable?
    /// Updates done, i32 `[seeds]`.
    let updateCount: Variable?
    let context: GoalSearchConfiguration.Context
    let deviation: Double
    let horizon: Int
    private let network: MLP

    init(
        _ configuration: GoalSearchConfiguration, _ spec: EnvironmentSpec, seeds: Int, learns: Bool = true,
        in layout: inout StateLayout
    ) throws {
        var list = ParameterList()
        network = MLP(
            inputSize: spec.observationSize + 1, hiddenSizes: configuration.hiddenSizes, outputSize: spec.actionSize,
            in: &list)
        parameters = list
        arenas = try NetworkArenas("policy", list, seeds: seeds, members: 1, in: &layout)
        optimizer =
            learns ? try AdamOptimizer(arenas.parameters, learningRate: configuration.learningRate, in: &layout) : nil
        meanReturn =
            learns
            ? try layout.addVariable("mean_return", TensorType(.float32, [seeds, 1, 1, 1]), role: .statistic) : nil
        returnSum =
            learns ? try layout.addVariable("return_sum", TensorType(.float64, [seeds]), role: .statistic) : nil
        updateCount =
            learns ? try layout.addVariable("update_count", TensorType(.int32, [seeds]), role: .statistic) : nil
        context = configuration.context
        deviation = configuration.deviation
        horizon = configuration.horizon
    }

    /// Means of actions, `[seeds, 1, batch, actionSize]`.
    func meanActions(states: Tensor, contexts: Tensor, _ values: Parameters, in trace: Trace) -> Tensor {
        network(Tensor.concatenate([states, contexts], axis: 3), values).tanh()
    }

    /// What the policy is told of a goal.
    func condition(_ goal: TaskGoal) -> Float {
        guard context == .goal else { return 0 }
        return switch goal {
        case .none: 0
        case .direction(let sign): Float(sign)
        case .velocity(let speed): Float(speed)
        }
    }

    /// A policy conditioned on `[seeds, batch, 1]`, with noise that a step numbers; without it if `explores` is false.
    func makePolicy(
        batch: Int, seeds: [UInt32], stateSize: Int, explores: Bool, backend: any Backend, state: any StateStore
    ) throws -> GoalSearchPolicy {
        let count = seeds.count
        let program = try Program.trace(explores ? "goal-search.explore" : "goal-search.act") { trace in
            let states = trace.input("observations", TensorType(.float32, [count, 1, batch, stateSize]))
            let contexts = trace.input("contexts", TensorType(.float32, [count, 1, batch, 1]))
            let means = meanActions(
                states: states, contexts: contexts, Parameters(reading: arenas, in: trace), in: trace)
            guard explores else { return trace.output("actions", means) }
            let step = trace.input("step", TensorType(.int32, [1]))
            let noise = trace.random(
                .normal, .exploration, seeds: trace.seeds(seeds), step: step, shape: means.shape)
            trace.output("actions", means + noise * deviation)
        }
        return GoalSearchPolicy(try backend.compile(program, state: state), explores: explores)
    }
}

/// Acts on a context that is given for a whole episode.
final class GoalSearchPolicy: ConditionedPolicy {
    private let program: any CompiledProgram
    private let explores: Bool

    init(_ program: any CompiledProgram, explores: Bool) {
        self.program = program
        self.explores = explores
    }

    func prepare(_ conditions: [Float]) throws { try program.setInput(1, conditions) }

    func act(_ observations: UnsafeBufferPointer<Float>, into actions: UnsafeMutableBufferPointer<Float>) throws {
        precondition(!explores, "GoalSearchPolicy: a policy that explores needs the step")
        try act(observations, step: 0, into: actions)
    }

    func act(
        _ observations: UnsafeBufferPointer<Float>, step: Int, into actions: UnsafeMutableBufferPointer<Float>
    ) throws {
        try program.setInput(0, UnsafeRawBufferPointer(observations))
        if explores { try program.setStep(2, step) }
        try program.run()
        try program.readOutput(0, into: UnsafeMutableRawBufferPointer(actions))
    }
}
