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
    /// Whether the evaluation of the present step was put off, because the run was to end.
    public private(set) var isEvaluationDue = false
    /// Whether nothing is left to do.
    public var isComplete: Bool { step == schedule.steps && !isEvaluationDue }

    private let agent: any OffPolicyAgent
    private let environments: VectorEnvironment
    private let evaluator: Evaluator?
    private let finiteCheck: FiniteCheck
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
    ) throws {
        precondition(environments.count == agent.seeds.count, "OffPolicyTraining: one environment for each seed")
        finiteCheck = try FiniteCheck(
            agent.savedArenas, seeds: agent.seeds.count, backend: agent.backend, state: agent.state)
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
        if isEvaluationDue { try evaluate() }
        // An evaluation that was stopped is made before anything else.
        while !isComplete, !isEvaluationDue, isRunning.contains(true) {
            if observer?.trainingShouldStop() == true { return }
            try takeStep()
            if try observer?.trainingDidStep(step) == false { return }
        }
    }

    /// One environment step of every running seed, and one gradient step once updates have begun.
    ///
    /// - Parameter updating: Whether there are gradient steps at all; a trial times acting alone.
    public func takeStep(updating: Bool = true) throws {
        _ = observations.update(fromContentsOf: environments.observations)
        try agent.explore(UnsafeBufferPointer(observations), step: step, into: actions)
        for seed in isRunning.indices where isRunning[seed] && !hasFiniteAction(seed) {
            try stop(seed, "the policy's action is not finite; \(try finiteCheck.explanation(seed))")
        }
        let results = environments.step(UnsafeBufferPointer(actions))
        for seed in isRunning.indices where isRunning[seed] { try checkObservation(seed, results[seed]) }
        try store(results)
        step += 1
        try finishEpisodes(results)
        if updating, step > agent.stepsBeforeUpdates { try agent.update(step: step - 1) }
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
        try stopSeedsWithBadNumbers()
        for seed in isRunning.indices where isRunning[seed] {
            try observer?.trainingDidLog(
                step: step, seed: seed, metrics: metrics.map { (name: $0.name, value: $0.values[seed]) })
        }
    }

    private func evaluate() throws {
        guard let evaluator else { return }
        isEvaluationDue = true
        let results = try evaluator.evaluate(round: step / schedule.evaluationInterval) {
            isRunning[$0]
        } shouldStop: {
            observer?.trainingShouldStop() ?? false
        }
        guard let results else { return }
        isEvaluationDue = false
        for (seed, result) in results.enumerated() {
            guard let result else { continue }
            try observer?.trainingDidEvaluate(step: step, seed: seed, evaluation: result)
        }
    }

    // MARK: Stopping a seed

    /// Stops every seed that has had a loss which was not finite. What such a loss leaves in the saved tensors (an
    /// infinite gradient stays in the moments) is looked for at each log interval, and in every checkpoint.
    public func stopSeedsWithBadLosses() throws {
        let metrics = try agent.latestMetrics()
        let lossesWereFinite = try agent.lossesWereFinite()
        for seed in isRunning.indices where isRunning[seed] {
            if let bad = metrics.first(where: { !$0.values[seed].isFinite }) {
                try stop(seed, "\(bad.name) is \(bad.values[seed]); \(try finiteCheck.explanation(seed))")
            } else if !lossesWereFinite[seed] {
                try stop(seed, "a loss was not finite since the last look; \(try finiteCheck.explanation(seed))")
            }
        }
    }

    /// Stops every seed that has had a loss which was not finite, or has a number in its saved tensors that is not.
    public func stopSeedsWithBadNumbers() throws {
        try stopSeedsWithBadLosses()
        let isFinite = try finiteCheck.run()
        for seed in isRunning.indices where isRunning[seed] && !isFinite[seed] {
            try stop(seed, try finiteCheck.explanation(seed))
        }
    }

    /// Takes a seed out of the run; the others go on.
    public func stop(_ seed: Int, _ reason: String) throws {
        guard isRunning[seed] else { return }
        isRunning[seed] = false
        environments.isActive[seed] = false
        try observer?.trainingDidStopSeed(seed, step: step, reason: reason)
    }

    private func hasFiniteAction(_ seed: Int) -> Bool {
        actions[seed * actionSize..<(seed + 1) * actionSize].allSatisfy(\.isFinite)
    }

    private func checkObservation(_ seed: Int, _ result: StepResult) throws {
        // A diverged simulation reports it itself, and its transition is dropped.
        guard result.divergence == nil else { return }
        let observation = environments.observation(of: seed)
        if let index = observation.firstIndex(where: { !$0.isFinite }) {
            try stop(seed, "element \(index) of the observation is \(observation[index])")
        } else if !result.reward.isFinite {
            try stop(seed, "the reward is \(result.reward)")
        }
    }
}

extension OffPolicyTraining: Checkpointable {
    public func save(_ seed: Int, into values: inout SavedValues) throws {
        values["training.step"] = .integers([step])
        values["training.evaluation_due"] = .integers([isEvaluationDue ? 1 : 0])
        values["replay.stored"] = .integers([agent.replay.stored[seed]])
        environments.environments[seed].snapshot().save(into: &values)
        try agent.save(seed, into: &values)
    }

    public func restore(_ seed: Int, from values: SavedValues) throws {
        step = try values.count("training.step")
        isEvaluationDue = try values.count("training.evaluation_due") == 1
        try environments.restore(EnvironmentSnapshot(from: values), at: seed)
        try agent.restore(seed, from: values)
    }
}
