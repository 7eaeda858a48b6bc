import HyperAgents
import HyperEnvironments
import HyperModels
import HyperTensor

/// One step of Adam along the policy gradient, `−Σ w log π(a|s, c)` with a weight for each step.
final class GoalSearchUpdate {
    private let program: any CompiledProgram
    private let optimizer: AdamOptimizer
    private(set) var hasRun = false

    /// - Parameters:
    ///   - lanes, horizon: Of each seed's episodes.
    init(
        _ networks: GoalSearchNetworks, seeds: Int, lanes: Int, horizon: Int, stateSize: Int, actionSize: Int,
        backend: any Backend, state: any StateStore
    ) throws {
        guard let optimizer = networks.optimizer, let meanReturn = networks.meanReturn,
            let updateCount = networks.updateCount, let returnSum = networks.returnSum
        else { preconditionFailure("GoalSearchUpdate: the networks do not learn") }
        self.optimizer = optimizer
        let traced = try Program.trace("goal-search.update") { trace in
            let lead: Shape = [seeds, 1, lanes * horizon]
            let batch = GoalSearchStep(
                states: trace.input("state", TensorType(.float32, lead + [stateSize])),
                actions: trace.input("action", TensorType(.float32, lead + [actionSize])),
                contexts: trace.input("context", TensorType(.float32, lead + [1])),
                weights: trace.input("weight", TensorType(.float32, lead + [1])))
            let returns = trace.input("returns", TensorType(.float32, [seeds, 1, 1, 1]))
            let scale = trace.input("scale", TensorType(.float32, [2]))
            let count = trace.input("count", TensorType(.int32, [seeds]))
            let loss = batch.trace(networks, optimizer, scale: scale, in: trace).loss
            trace.assign(meanReturn, trace.read(meanReturn) * 0.9 + returns * 0.1)
            trace.assign(returnSum, trace.read(returnSum) + returns.reshaped(to: [seeds]).cast(to: .float64))
            trace.assign(updateCount, count)
            trace.output("loss", loss.reshaped(to: [seeds]))
            trace.output("return_mean", returns.reshaped(to: [seeds]))
        }
        program = try backend.compile(traced, state: state)
    }

    /// - Parameters:
    ///   - contexts: Of each step, as `batch.mask`.
    ///   - number: Of the update, from 1.
    func run(_ batch: EpisodeBatch, contexts: [Float], weights: [Float], returns: [Float], number: Int) throws {
        try program.setInput(0, UnsafeRawBufferPointer(batch.states))
        try program.setInput(1, UnsafeRawBufferPointer(batch.actions))
        try program.setInput(2, contexts)
        try program.setInput(3, weights)
        try program.setInput(4, returns)
        try program.setPair(5, optimizer.scale(step: number))
        try program.setInput(6, [Int32](repeating: Int32(number), count: returns.count))
        try program.run()
        hasRun = true
    }

    /// Losses and means of the latest update, one value for each seed.
    func metrics() throws -> [(name: String, values: [Float])] {
        guard hasRun else { return [] }
        return try ["loss", "return_mean"].enumerated().map { ($1, try program.output($0)) }
    }
}

/// The tensors of a step of Adam, `[seeds, 1, batch, …]` each.
struct GoalSearchStep {
    let states: Tensor
    let actions: Tensor
    let contexts: Tensor
    /// Advantages; 0 for what is no step.
    let weights: Tensor

    /// - Returns: The loss `[seeds, 1, 1, 1]` and its gradients, before the step.
    func trace(
        _ networks: GoalSearchNetworks, _ optimizer: AdamOptimizer, scale: Tensor, in trace: Trace
    ) -> (loss: Tensor, gradients: [Tensor]) {
        let parameters = Parameters(reading: networks.arenas, in: trace)
        let means = networks.meanActions(states: states, contexts: contexts, parameters, in: trace)
        let distance = (actions - means).square().sum(axes: [3]) / (2 * networks.deviation * networks.deviation)
        let loss = (distance * weights).sum(axes: [2])
        let gradients = trace.gradients(of: loss, withRespectTo: parameters.tensors)
        optimizer.apply(gradients, scale: scale, in: trace)
        return (loss, gradients)
    }
}

/// One update as a function of files.
struct GoalSearchUpdateFunction: UpdateFunction {
    let algorithm = GoalSearchConfiguration.algorithm
    let layout: StateLayout
    let counts = [GoalSearchTrainer.iterationsName]
    let unusedCheckpointNames = ["mean_return", "return_sum", "update_count", GoalSearchTrainer.environmentStepsName]
    private let networks: GoalSearchNetworks
    private let optimizer: AdamOptimizer
    private let spec: EnvironmentSpec

    init(_ configuration: GoalSearchConfiguration, _ spec: EnvironmentSpec) throws {
        var whole = StateLayout()
        let learner = try GoalSearchNetworks(configuration, spec, seeds: 1, learns: false, in: &whole)
        optimizer = try AdamOptimizer(
            learner.arenas.parameters, learningRate: configuration.learningRate, in: &whole)
        networks = learner
        layout = whole
        self.spec = spec
    }

    var inputs: [UpdateInput] {
        [
            UpdateInput("state", [.named("B"), .size(spec.observationSize)]),
            UpdateInput("action", [.named("B"), .size(spec.actionSize)]), UpdateInput("context", [.named("B")]),
            UpdateInput("weight", [.named("B")]),
        ]
    }

    func beginning(of arena: Arena) -> UpdateBeginning { arena.role == .moment ? .zero : .required }

    func trace(sizes: [String: Int], after counts: [String: Int]) throws -> TracedUpdate {
        let number = counts[GoalSearchTrainer.iterationsName, default: 0] + 1
        let program = try Program.trace("goal-search.update.function") { trace in
            let given = try inputs.map { input in
                let tensor = trace.input(input.name, TensorType(.float32, try input.shape(sizes)))
                let batch = tensor.shape[0]
                return tensor.reshaped(to: [1, 1, batch, tensor.shape.count / batch])
            }
            let step = GoalSearchStep(states: given[0], actions: given[1], contexts: given[2], weights: given[3])
            let result = step.trace(
                networks, optimizer, scale: trace.input("scale", TensorType(.float32, [2])), in: trace)
            trace.output("loss", result.loss.reshaped(to: []))
            for (variable, gradient) in zip(networks.arenas.parameters.variables, result.gradients) {
                trace.output(
                    "gradient.\(variable.name)",
                    gradient.reshaped(to: Shape(Array(variable.shape.dimensions.dropFirst()))))
            }
        }
        return TracedUpdate(
            program, scales: ["scale": optimizer.scale(step: number)],
            counts: [GoalSearchTrainer.iterationsName: number])
    }
}
