import HyperAgents
import HyperEnvironments
import HyperModels
import HyperRandom
import HyperTensor

/// Two phases an iteration: collecting, which can be abandoned, and one update.
final class GoalSearchTrainer: Trainer {
    let learner: Learner
    private(set) var completed = 0
    private(set) var isRunning: [Bool]

    private let configuration: GoalSearchConfiguration
    private let context: TrainingContext
    private let networks: GoalSearchNetworks
    private let collector: EpisodeCollector
    private let batch: EpisodeBatch
    private let policy: GoalSearchPolicy
    private let step: GoalSearchUpdate
    private let taskSets: [TaskSet]
    private var isCollected = false
    private var environmentSteps: [Int]
    private var finite: [Bool]
    /// Beside the iteration, what the draws are a function of; 0 while training.
    private var repetition = 0
    private var ownEvaluator: (any PolicyEvaluator)?

    init(_ configuration: GoalSearchConfiguration, _ context: TrainingContext) throws {
        self.configuration = configuration
        self.context = context
        let (spec, seeds) = (context.spec, context.seeds)
        var layout = StateLayout()
        networks = try GoalSearchNetworks(configuration, spec, seeds: seeds.count, in: &layout)
        let state = try context.backend.makeState(layout)
        try state.initialize(networks.arenas, networks.parameters, seeds: seeds, network: 0)
        learner = Learner(seeds: seeds, backend: context.backend, state: state)
        collector = EpisodeCollector(
            try VectorEnvironment(spec, seeds: seeds, lanesPerSeed: configuration.lanes, pool: context.pool))
        batch = EpisodeBatch(
            lanes: seeds.count * configuration.lanes, horizon: configuration.horizon,
            stateSize: spec.observationSize, actionSize: spec.actionSize)
        policy = try networks.makePolicy(
            batch: configuration.lanes, seeds: seeds, stateSize: spec.observationSize, explores: true,
            backend: context.backend, state: state)
        step = try GoalSearchUpdate(
            networks, seeds: seeds.count, lanes: configuration.lanes, horizon: configuration.horizon,
            stateSize: spec.observationSize, actionSize: spec.actionSize, backend: context.backend, state: state)
        taskSets = seeds.map { TaskSet(spec.goalKind, seed: $0, trainingCount: 10, testCount: 2) }
        isRunning = [Bool](repeating: true, count: seeds.count)
        environmentSteps = [Int](repeating: 0, count: seeds.count)
        finite = [Bool](repeating: true, count: seeds.count)
    }

    var probeViews: ProbeViews { ProbeViews(updates: self) }
    var fraction: Double { isCollected ? 0.5 : 0 }
    func environmentSteps(of seed: Int) -> Int { environmentSteps[seed] }
    func stop(_ seed: Int) { isRunning[seed] = false }
    func latestMetrics() throws -> [(name: String, values: [Float])] { try step.metrics() }
    func lossesWereFinite() throws -> [Bool] { finite }

    func makeEvaluator() throws -> any PolicyEvaluator {
        try GoalSearchEvaluator(
            networks, context.spec, state: learner.state, seeds: context.seeds, startSeeds: context.seeds,
            episodes: context.evaluationEpisodes, backend: context.backend, pool: context.pool)
    }

    // MARK: Pieces

    func perform(into events: inout TrainingEvents, shouldStop: () -> Bool) throws -> PieceOutcome {
        guard isCollected else {
            guard try collect(shouldStop: shouldStop) == .done else { return .abandoned }
            isCollected = true
            return .done
        }
        try update()
        isCollected = false
        completed += 1
        // Only now is nothing taken back any more.
        for seed in isRunning.indices where isRunning[seed] {
            environmentSteps[seed] += batch.stepCount(of: lanes(of: seed))
            for lane in lanes(of: seed) {
                guard let value = batch.returns[lane] else {
                    events.drop(at: seed, completed: completed, reason: "the simulation diverged")
                    continue
                }
                events.finishEpisode(at: seed, episodeReturn: value, length: batch.lengths[lane])
            }
        }
        return .done
    }

    func rewind() { isCollected = false }

    /// A whole iteration.
    func iterate() throws {
        var events = TrainingEvents()
        repeat { _ = try perform(into: &events, shouldStop: { false }) } while isCollected
    }

    private func lanes(of seed: Int) -> Range<Int> {
        seed * configuration.lanes..<(seed + 1) * configuration.lanes
    }

    /// The goal of a lane in this iteration, and how long its episode may last: functions of its seed, iteration and place.
    private func task(_ lane: Int) -> (goal: TaskGoal, budget: Int) {
        let (seed, place) = (lane / configuration.lanes, lane % configuration.lanes)
        let stream = RandomStream(seed: context.seeds[seed], stream: .task)
        let number = UInt64(1) << 32 | UInt64(drawNumber)
        let goals = taskSets[seed].training
        let index = stream.integer(
            below: UInt32(goals.count), step: number, lane: UInt32(place / configuration.trajectories))
        let shorter = stream.integer(below: 4, step: number, lane: UInt32(100 + place))
        return (goals[Int(index)], configuration.horizon - Int(shorter))
    }

    /// Numbers the draws of an iteration.
    private var drawNumber: Int { completed + repetition * 1_000_000 }

    func collect(shouldStop: () -> Bool) throws -> PieceOutcome {
        let tasks = (0..<batch.lanes).map(task)
        try policy.prepare(tasks.map { networks.condition($0.goal) })
        return try collector.collect(
            episode: drawNumber, goals: tasks.map(\.goal), budgets: tasks.map(\.budget),
            isIncluded: { isRunning[$0 / configuration.lanes] }, into: batch,
            act: { try policy.act($0, step: drawNumber * configuration.horizon + $1, into: $2) },
            shouldStop: shouldStop)
    }

    func update() throws {
        var contexts = [Float](repeating: 0, count: batch.mask.count)
        var weights = contexts
        var means = [Float](repeating: 0, count: context.seeds.count)
        for seed in context.seeds.indices {
            let known = lanes(of: seed).compactMap { batch.returns[$0] }
            let mean = known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
            means[seed] = Float(mean)
            for lane in lanes(of: seed) {
                let advantage = batch.returns[lane].map { Float($0 - mean) } ?? 0
                for step in 0..<batch.lengths[lane] {
                    let row = lane * batch.horizon + step
                    contexts[row] = networks.condition(task(lane).goal)
                    weights[row] = advantage * batch.mask[row] / Float(configuration.lanes * batch.horizon)
                }
            }
        }
        try step.run(batch, contexts: contexts, weights: weights, returns: means, number: completed + 1)
        for (_, values) in try step.metrics() {
            for seed in finite.indices where !values[seed].isFinite { finite[seed] = false }
        }
    }
}

extension GoalSearchTrainer: Checkpointable {
    static let iterationsName = "goal_search.iterations"
    static let environmentStepsName = "goal_search.environment_steps"

    func save(_ seed: Int, into values: inout SavedValues) throws {
        precondition(!isCollected, "GoalSearchTrainer: a run resumes between two iterations")
        values[Self.iterationsName] = .integers([completed])
        values[Self.environmentStepsName] = .integers([environmentSteps[seed]])
    }

    func restore(_ seed: Int, from values: SavedValues) throws {
        completed = try values.count(Self.iterationsName)
        environmentSteps[seed] = try values.count(Self.environmentStepsName)
    }
}

extension GoalSearchTrainer: RepeatedUpdates {
    func performances(
        of repetition: Int?, isIncluded: (Int) -> Bool, shouldStop: () -> Bool
    ) throws -> Stoppable<[Double?]> {
        let variables = learner.savedArenas.flatMap(\.variables)
        let saved = try variables.map { variable in
            var values = [UInt32](repeating: 0, count: variable.type.wordCount)
            try values.withUnsafeMutableBytes {
                try learner.state.read(variable, elements: 0..<variable.type.count, into: $0)
            }
            return values
        }
        defer { self.repetition = 0 }
        if let repetition {
            self.repetition = repetition + 1
            guard try collect(shouldStop: shouldStop) == .done else { return .stopped }
            try update()
        }
        let evaluator = try ownEvaluator ?? makeEvaluator()
        ownEvaluator = evaluator
        let result = try evaluator.evaluate(
            round: 1_000_000 + completed, isIncluded: isIncluded, shouldStop: shouldStop)
        for (variable, values) in zip(variables, saved) {
            try values.withUnsafeBytes {
                try learner.state.write(variable, elements: 0..<variable.type.count, from: $0)
            }
        }
        guard case .done(let evaluations) = result else { return .stopped }
        var means = [Double?](repeating: nil, count: learner.seeds.count)
        for evaluation in evaluations { means[evaluation.position] = evaluation.deciding.mean }
        return .done(means)
    }
}
