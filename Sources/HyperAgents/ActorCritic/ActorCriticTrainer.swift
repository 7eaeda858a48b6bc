import HyperEnvironments
import HyperTensor

/// Collects experience and learns: one environment step and one gradient step at a time, for all seeds in lockstep.
public final class ActorCriticTrainer: Trainer {
    public let agent: any ActorCriticAgent
    /// Environment steps done.
    public private(set) var completed = 0
    public private(set) var isRunning: [Bool]

    private let environments: VectorEnvironment
    private let makeOwnEvaluator: () throws -> any PolicyEvaluator
    private let stateSize: Int
    private let actionSize: Int
    private let actions: UnsafeMutableBufferPointer<Float>

    public var learner: Learner { agent.learner }
    public var probeViews: ProbeViews { ProbeViews(actorCritic: agent) }
    public var fraction: Double { 0 }

    /// - Parameters:
    ///   - environments: One for each seed of the agent.
    ///   - makeEvaluator: Makes what evaluates the agent.
    public init(
        agent: any ActorCriticAgent, environments: VectorEnvironment,
        makeEvaluator: @escaping () throws -> any PolicyEvaluator
    ) {
        precondition(environments.count == agent.seeds.count, "ActorCriticTrainer: one environment for each seed")
        self.agent = agent
        self.environments = environments
        makeOwnEvaluator = makeEvaluator
        stateSize = environments.spec.observationSize
        actionSize = environments.spec.actionSize
        isRunning = [Bool](repeating: true, count: agent.seeds.count)
        actions = .allocate(capacity: agent.seeds.count * actionSize)
        actions.initialize(repeating: 0)
    }

    deinit { actions.deallocate() }

    public func environmentSteps(of seed: Int) -> Int { completed }

    public func makeEvaluator() throws -> any PolicyEvaluator { try makeOwnEvaluator() }

    public func latestMetrics() throws -> [(name: String, values: [Float])] { try agent.latestMetrics() }

    public func lossesWereFinite() throws -> [Bool] { try agent.lossesWereFinite() }

    public func stop(_ seed: Int) {
        isRunning[seed] = false
        environments.isActive[seed] = false
    }

    /// A run may resume after each step.
    public func rewind() {}

    // MARK: A step

    public func perform(into events: inout TrainingEvents, shouldStop: () -> Bool) throws -> PieceOutcome {
        try takeStep(into: &events)
        return .done
    }

    /// One environment step of every running seed, and one gradient step once updates have begun.
    ///
    /// - Parameter updating: Whether there are gradient steps at all; a trial times acting alone.
    public func takeStep(updating: Bool = true, into events: inout TrainingEvents) throws {
        try agent.explore(UnsafeBufferPointer(environments.observations), step: completed, into: actions)
        for seed in isRunning.indices where isRunning[seed] && !hasFiniteAction(seed) {
            let explanation = try learner.finiteNumbers().explanation(seed)
            stop(seed, "the policy's action is not finite; \(explanation)", &events)
        }
        beginRows()
        let results = environments.step(UnsafeBufferPointer(actions))
        for seed in isRunning.indices where isRunning[seed] { checkObservation(seed, results[seed], &events) }
        try finishRows(results)
        completed += 1
        finishEpisodes(results, &events)
        if updating, completed > agent.stepsBeforeUpdates { try agent.update(step: completed - 1) }
    }

    private func beginRows() {
        for seed in isRunning.indices where isRunning[seed] {
            agent.replay.layout.begin(
                agent.replay.row(of: seed), state: UnsafeBufferPointer(environments.observation(of: seed)),
                action: UnsafeBufferPointer(rebasing: actions[seed * actionSize..<(seed + 1) * actionSize]))
        }
    }

    private func finishRows(_ results: UnsafeBufferPointer<StepResult>) throws {
        for seed in isRunning.indices where isRunning[seed] {
            agent.replay.layout.finish(
                agent.replay.row(of: seed), reward: Float(results[seed].reward),
                nextState: UnsafeBufferPointer(environments.observation(of: seed)),
                isTerminal: results[seed].terminated)
        }
        try agent.replay.store { isRunning[$0] && results[$0].divergence == nil }
    }

    private func finishEpisodes(_ results: UnsafeBufferPointer<StepResult>, _ events: inout TrainingEvents) {
        for seed in isRunning.indices where isRunning[seed] && results[seed].isOver {
            let environment = environments.environments[seed]
            if let divergence = results[seed].divergence {
                events.drop(at: seed, completed: completed, reason: divergence.description)
            }
            events.finishEpisode(
                at: seed, episodeReturn: environment.episodeReturn, length: environment.episodeStep)
            environments.reset(seed)
        }
    }

    // MARK: Numbers that are not finite

    private func stop(_ seed: Int, _ reason: String, _ events: inout TrainingEvents) {
        stop(seed)
        events.stop(at: seed, completed: completed, reason: reason)
    }

    private func hasFiniteAction(_ seed: Int) -> Bool {
        actions[seed * actionSize..<(seed + 1) * actionSize].allSatisfy(\.isFinite)
    }

    private func checkObservation(_ seed: Int, _ result: StepResult, _ events: inout TrainingEvents) {
        // A diverged simulation reports it itself, and its transition is dropped.
        guard result.divergence == nil else { return }
        let observation = environments.observation(of: seed)
        if let index = observation.firstIndex(where: { !$0.isFinite }) {
            stop(seed, "element \(index) of the observation is \(observation[index])", &events)
        } else if !result.reward.isFinite {
            stop(seed, "the reward is \(result.reward)", &events)
        }
    }
}

extension ActorCriticTrainer: Checkpointable {
    public func save(_ seed: Int, into values: inout SavedValues) throws {
        values["training.step"] = .integers([completed])
        values["replay.stored"] = .integers([agent.replay.stored[seed]])
        environments.environments[seed].snapshot().save(into: &values)
        try agent.save(seed, into: &values)
    }

    public func restore(_ seed: Int, from values: SavedValues) throws {
        completed = try values.count("training.step")
        let stored = try values.count("replay.stored")
        guard stored == agent.replay.stored[seed] else {
            throw SavedValueError(
                name: "replay.stored", problem: "is \(stored), and \(agent.replay.stored[seed]) transitions were saved")
        }
        try environments.restore(EnvironmentSnapshot(from: values), at: seed)
        try agent.restore(seed, from: values)
    }
}
