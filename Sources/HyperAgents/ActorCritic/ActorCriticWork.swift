import HyperEnvironments

extension ActorCriticConfiguration {
    /// Environment steps with random actions and with those of the policy, gradient steps, and steps of evaluations, in which the
    /// policy acts in every episode of every seed. Each evaluation lasts as long as an episode can: where all episodes end early it
    /// is less.
    public func work(_ length: RunLength, timeLimit: Int) -> [WorkAmount] {
        /// Of the steps to take, those beyond the first `limit` of the run.
        func count(beyond limit: Int) -> Int { length.units - min(max(limit, length.done), length.units) }
        let policySteps = count(beyond: randomSteps)
        return [
            WorkAmount("random step", length.units - length.done - policySteps),
            WorkAmount("step of the policy", policySteps),
            WorkAmount("gradient step", count(beyond: stepsBeforeUpdates), isLearning: true),
            WorkAmount("step of an evaluation", length.evaluations * timeLimit),
        ]
    }

    public func makeTrial(_ context: TrainingContext) throws -> any WorkTrial {
        try ActorCriticTrial(self, context)
    }
}

/// The work of an actor-critic, kind by kind. Updates are timed on their own: the difference of whole steps and updates would be
/// noise where an update takes a thousand times as long as the rest.
private final class ActorCriticTrial: WorkTrial {
    /// Random steps, enough of them to be timed.
    private static let randomSteps = 256

    private let trainer: ActorCriticTrainer
    private let episodes: TrialEpisodes
    private let period: Int
    private var events = TrainingEvents()

    init(_ configuration: some ActorCriticConfiguration, _ context: TrainingContext) throws {
        var trial = configuration
        trial.replayCapacity = 4 * configuration.batchSize
        // One more, which sets up what is made at first use.
        trial.randomSteps = 1 + Self.randomSteps
        trainer = try trial.makeActorCriticTrainer(context)
        episodes = try TrialEpisodes(context, agent: trainer.agent)
        period = configuration.updatePeriod
    }

    var kinds: [WorkKind] {
        func act() throws {
            try trainer.takeStep(updating: false, into: &events)
            events.removeAll()
        }
        var step = 1_000_000
        return [
            WorkKind(limit: Self.randomSteps, perform: act), WorkKind(perform: act),
            WorkKind(period: period) { [trainer] in
                try trainer.agent.update(step: step)
                step += 1
            },
            WorkKind(perform: episodes.step),
        ]
    }

    func finish() throws { _ = try trainer.lossesWereFinite() }
}

/// Episodes as an evaluation runs them, side by side. Each begins anew where it ends, so that all go on.
private final class TrialEpisodes {
    private let environments: VectorEnvironment
    private let policy: any Policy
    private var actions: [Float]

    init(_ context: TrainingContext, agent: any ActorCriticAgent) throws {
        environments = try VectorEnvironment(
            context.spec, seeds: context.seeds, lanesPerSeed: context.evaluationEpisodes, stream: .evaluation,
            pool: context.pool)
        policy = try agent.makePolicy(batch: context.evaluationEpisodes)
        actions = [Float](repeating: 0, count: environments.count * context.spec.actionSize)
    }

    func step() throws {
        try actions.withUnsafeMutableBufferPointer { buffer in
            try policy.act(UnsafeBufferPointer(environments.observations), into: buffer)
            environments.step(UnsafeBufferPointer(buffer))
        }
        for index in 0..<environments.count where environments.results[index].isOver { environments.reset(index) }
    }
}
