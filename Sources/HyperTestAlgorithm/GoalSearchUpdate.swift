import HyperAgents
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
            let updateCount = networks.updateCount
        else { preconditionFailure("GoalSearchUpdate: the networks do not learn") }
        self.optimizer = optimizer
        let lead: Shape = [seeds, 1, lanes * horizon]
        let traced = try Program.trace("goal-search.update") { trace in
            let states = trace.input("states", TensorType(.float32, lead + [stateSize]))
            let actions = trace.input("actions", TensorType(.float32, lead + [actionSize]))
            let contexts = trace.input("contexts", TensorType(.float32, lead + [1]))
            let weights = trace.input("weights", TensorType(.float32, lead + [1]))
            let returns = trace.input("returns", TensorType(.float32, [seeds, 1, 1, 1]))
            let scale = trace.input("scale", TensorType(.float32, [2]))
            let count = trace.input("count", TensorType(.int32, [seeds]))
            let parameters = Parameters(reading: networks.arenas, in: trace)
            let means = networks.meanActions(states: states, contexts: contexts, parameters, in: trace)
            let distance = (actions - means).square().sum(axes: [3]) / (2 * networks.deviation * networks.deviation)
            let loss = (distance * weights).sum(axes: [2])
            optimizer.apply(trace.gradients(of: loss, withRespectTo: parameters.tensors), scale: scale, in: trace)
            trace.assign(meanReturn, trace.read(meanReturn) * 0.9 + returns * 0.1)
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
