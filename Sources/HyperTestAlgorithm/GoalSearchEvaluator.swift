import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperTensor

/// Episodes of the test tasks, once with the policy told of the goal and once without.
final class GoalSearchEvaluator: PolicyEvaluator {
    let state: any StateStore
    let weightArenas: [Arena]
    private let networks: GoalSearchNetworks
    private let collector: EpisodeCollector
    private let batch: EpisodeBatch
    private let policy: GoalSearchPolicy
    private let goals: [[TaskGoal]]
    private let episodes: Int
    private let seedCount: Int

    /// - Parameters:
    ///   - seeds: Draw the test tasks.
    ///   - startSeeds: Draw the starting states.
    ///   - episodes: Of each task and series.
    init(
        _ networks: GoalSearchNetworks, _ spec: EnvironmentSpec, state: any StateStore, seeds: [UInt32],
        startSeeds: [UInt32], episodes: Int, backend: any Backend, pool: WorkerPool
    ) throws {
        self.networks = networks
        self.state = state
        self.episodes = episodes
        seedCount = seeds.count
        weightArenas = networks.arenas.all
        goals = seeds.map { TaskSet(spec.goalKind, seed: $0, trainingCount: 10, testCount: 2).test }
        let lanes = goals[0].count * episodes
        collector = EpisodeCollector(
            try VectorEnvironment(spec, seeds: startSeeds, lanesPerSeed: lanes, stream: .evaluation, pool: pool))
        batch = EpisodeBatch(
            lanes: seeds.count * lanes, horizon: networks.horizon, stateSize: spec.observationSize,
            actionSize: spec.actionSize)
        policy = try networks.makePolicy(
            batch: lanes, seeds: seeds, stateSize: spec.observationSize, explores: false, backend: backend,
            state: state)
    }

    func evaluate(
        round: Int, isIncluded: (Int) -> Bool, shouldStop: () -> Bool
    ) throws -> Stoppable<[SeedEvaluation]> {
        let tasks = goals[0].count
        let lanes = tasks * episodes
        let laneGoals = goals.flatMap { goals in goals.flatMap { [TaskGoal](repeating: $0, count: episodes) } }
        var series: [[[Evaluation]]] = []
        for isTold in [true, false] {
            try policy.prepare(laneGoals.map { isTold ? networks.condition($0) : 0 })
            let outcome = try collector.collect(
                episode: round, goals: laneGoals, isIncluded: { isIncluded($0 / lanes) }, into: batch,
                act: { try policy.act($0, step: $1, into: $2) }, shouldStop: shouldStop)
            guard outcome == .done else { return .stopped }
            series.append(
                (0..<seedCount).map { seed in
                    (0..<tasks).map { task in
                        let range = (seed * tasks + task) * episodes..<(seed * tasks + task + 1) * episodes
                        return Evaluation(returns: Array(batch.returns[range]), lengths: Array(batch.lengths[range]))
                    }
                })
        }
        return .done(
            (0..<seedCount).filter(isIncluded).map { seed in
                SeedEvaluation(
                    position: seed,
                    series: zip(GoalSearchConfiguration.evaluationSeries, series).map { .init($0, tasks: $1[seed]) })
            })
    }
}
