import HyperEnvironments
import HyperTensor

/// The loop that collects experience and learns: one environment step and one gradient step at a time, for all seeds in
/// lockstep.
public final class OffPolicyTraining {
    /// How long to train and how often to look.
    public struct Schedule: Hashable, Sendable {
        /// Environment steps of each seed.
        public var steps: Int
        /// Environment steps between evaluations.
        public var evaluationInterval: Int
        /// Environment steps between rows of the log.
        public var logInterval: Int

        public init(steps: Int, evaluationInterval: Int = 5000, logInterval: Int = 1000) {
            self.steps = steps
            self.evaluationInterval = evaluationInterval
            self.logInterval = logInterval
        }
    }

    public let schedule: Schedule
    /// Environment steps done.
    public private(set) var step = 0
    /// Seeds that have not been stopped.
    public private(set) var isRunning: [Bool]

    private let agent: any OffPolicyAgent
    private let environments: VectorEnvironment
    private let evaluator: Evaluator?
    private weak var observer: (any TrainingObserver)?
    private let stateSize: Int
    private let actionSize: Int
    /// Observations before the step, `[seeds, stateSize]`.
    private let observations: UnsafeMutableBufferPointer<Float>
    private let actions: UnsafeMutableBufferPointer<Float>

    /// - Parameters:
    ///   - environments: One for each seed of the agent.
    ///   - evaluator: Nil for no evaluations.
    public init(
        agent: any OffPolicyAgent, environments: VectorEnvironment, evaluator: Evaluator?, schedule: Schedule,
        observer: (any TrainingObserver)?
    ) {
        precondition(environments.count == agent.seeds.count, "OffPolicyTraining: one environment for each seed")
        self.agent = agent
        self.environments = environments
        self.evaluator = evaluator
        self.schedule = schedule
        self.observer = observer
        stateSize = environments.spec.observationSize
        actionSize = environments.spec.actionSize
        isRunning = [Bool](repeating: true, count: agent.seeds.count)
        observations = .allocate(capacity: agent.seeds.count * stateSize)
        observations.initialize(repeating: 0)
        actions = .allocate(capacity: agent.seeds.count * actionSize)
        actions.initialize(repeating: 0)
    }

    deinit {
        observations.deallocate()
        actions.deallocate()
    }

    /// Trains to the end of the schedule, until no seed is left, or until the observer ends it.
    public func run() throws {
        while step < schedule.steps, isRunning.contains(true) {
            try takeStep()
            if observer?.trainingDidStep(step) == false { return }
        }
    }

    /// One environment step of every running seed, and one gradient step once the random steps are over.
    public func takeStep() throws {
        _ = observations.update(fromContentsOf: environments.observations)
        try agent.explore(UnsafeBufferPointer(observations), step: step, into: actions)
        for seed in isRunning.indices where isRunning[seed] && !isFinite(seed) {
            stop(seed, "the policy's action is not finite; \(try nonFiniteTensor(seed))")
        }
        let results = environments.step(UnsafeBufferPointer(actions))
        try store(results)
        step += 1
        try finishEpisodes(results)
        if step > agent.randomSteps { try agent.update(step: step - 1) }
        if step % schedule.logInterval == 0 { try log() }
        if step % schedule.evaluationInterval == 0 { try evaluate() }
    }

    private func store(_ results: UnsafeBufferPointer<StepResult>) throws {
        let layout = agent.replay.layout
        for seed in isRunning.indices where isRunning[seed] {
            layout.write(
                state: UnsafeBufferPointer(rebasing: observations[seed * stateSize..<(seed + 1) * stateSize]),
                action: UnsafeBufferPointer(rebasing: actions[seed * actionSize..<(seed + 1) * actionSize]),
                reward: Float(results[seed].reward),
                nextState: UnsafeBufferPointer(environments.observation(of: seed)),
                isTerminal: results[seed].terminated, into: agent.replay.row(of: seed))
        }
        try agent.replay.store { isRunning[$0] && results[$0].divergence == nil }
    }

    private func finishEpisodes(_ results: UnsafeBufferPointer<StepResult>) throws {
        for seed in isRunning.indices where isRunning[seed] && results[seed].isOver {
            let environment = environments.environments[seed]
            if let divergence = results[seed].divergence {
                observer?.trainingDidDropTransition(seed: seed, step: step, reason: divergence.description)
            }
            try observer?.trainingDidFinishEpisode(
                seed: seed, step: step, episodeReturn: environment.episodeReturn, length: environment.episodeStep)
            environments.reset(seed)
        }
    }

    // MARK: Looking

    private func log() throws {
        let metrics = try agent.latestMetrics()
        for seed in isRunning.indices where isRunning[seed] {
            if let bad = metrics.first(where: { !$0.values[seed].isFinite }) {
                stop(seed, "\(bad.name) is \(bad.values[seed]); \(try nonFiniteTensor(seed))")
                continue
            }
            try observer?.trainingDidLog(
                step: step, seed: seed, metrics: metrics.map { (name: $0.name, value: $0.values[seed]) })
        }
    }

    private func evaluate() throws {
        guard let evaluator else { return }
        let results = try evaluator.evaluate(round: step / schedule.evaluationInterval) { isRunning[$0] }
        for (seed, result) in results.enumerated() {
            guard let result else { continue }
            try observer?.trainingDidEvaluate(step: step, seed: seed, evaluation: result)
        }
    }

    // MARK: Stopping a seed

    private func isFinite(_ seed: Int) -> Bool {
        actions[seed * actionSize..<(seed + 1) * actionSize].allSatisfy(\.isFinite)
    }

    private func stop(_ seed: Int, _ reason: String) {
        isRunning[seed] = false
        environments.isActive[seed] = false
        observer?.trainingDidStopSeed(seed, step: step, reason: reason)
    }

    /// Names the first tensor of a seed that holds a number that is not finite.
    private func nonFiniteTensor(_ seed: Int) throws -> String {
        for arena in agent.watchedArenas {
            for variable in arena.variables {
                let count = variable.type.count / agent.seeds.count
                var values = [Float](repeating: 0, count: count)
                try values.withUnsafeMutableBytes {
                    try agent.state.read(variable, elements: seed * count..<(seed + 1) * count, into: $0)
                }
                if let index = values.firstIndex(where: { !$0.isFinite }) {
                    return "first bad tensor \(variable.name), element \(index) is \(values[index])"
                }
            }
        }
        return "all weights are finite"
    }
}
