import HyperAgents
import HyperEnvironments
import HyperRandom
import HyperTensor

/// Iterations and evaluations, to be timed.
final class GoalSearchTrial: WorkTrial {
    private let trainer: GoalSearchTrainer
    private let evaluator: any PolicyEvaluator

    init(_ trainer: GoalSearchTrainer) throws {
        self.trainer = trainer
        evaluator = try trainer.makeEvaluator()
    }

    var kinds: [WorkKind] {
        [
            WorkKind(perform: trainer.iterate),
            WorkKind { [evaluator] in _ = try evaluator.evaluate(round: 1) },
        ]
    }

    func finish() throws { _ = try trainer.latestMetrics() }
}

/// The update on made-up episodes.
final class GoalSearchBenchmark: UpdateBenchmark {
    let batchSize: Int
    let period = 1
    let learner: Learner
    private let batch: EpisodeBatch
    private let step: GoalSearchUpdate
    private let weights: [Float]
    private var number = 0

    init(_ configuration: GoalSearchConfiguration, _ context: BenchmarkContext) throws {
        let (spec, seeds) = (context.spec, context.seeds)
        batchSize = configuration.lanes * configuration.horizon
        var layout = StateLayout()
        let networks = try GoalSearchNetworks(configuration, spec, seeds: seeds.count, in: &layout)
        let state = try context.backend.makeState(layout)
        try state.initialize(networks.arenas, networks.parameters, seeds: seeds, network: 0)
        learner = Learner(seeds: seeds, backend: context.backend, state: state)
        batch = EpisodeBatch(
            lanes: seeds.count * configuration.lanes, horizon: configuration.horizon,
            stateSize: spec.observationSize, actionSize: spec.actionSize)
        for (seed, number) in seeds.enumerated() {
            let stream = RandomStream(seed: number, stream: .probe)
            for (purpose, buffer) in [batch.states, batch.actions].enumerated() {
                let count = buffer.count / seeds.count
                for index in 0..<count {
                    buffer[seed * count + index] = stream.normal(step: UInt64(purpose), lane: UInt32(index))
                }
            }
        }
        weights = (0..<batch.mask.count).map { $0 % 2 == 0 ? 0.01 : -0.01 }
        step = try GoalSearchUpdate(
            networks, seeds: seeds.count, lanes: configuration.lanes, horizon: configuration.horizon,
            stateSize: spec.observationSize, actionSize: spec.actionSize, backend: context.backend, state: state)
    }

    func update() throws {
        number += 1
        try step.run(
            batch, contexts: [Float](repeating: 0, count: batch.mask.count), weights: weights,
            returns: [Float](repeating: 1, count: learner.seeds.count), number: number)
    }

    func latestMetrics() throws -> [(name: String, values: [Float])] { try step.metrics() }

    func finish() throws -> Bool { try step.metrics().allSatisfy { $0.values.allSatisfy(\.isFinite) } }
}
