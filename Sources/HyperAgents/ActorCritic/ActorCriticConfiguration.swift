import HyperEnvironments
import HyperModels
import HyperParallel
import HyperTensor

/// The settings of an actor-critic with a replay: what all of them have, and how an agent is made.
public protocol ActorCriticConfiguration: AlgorithmConfiguration {
    /// Losses and means that the agent tells (`ActorCriticAgent.latestMetrics`).
    static var updateMetrics: [UpdateMetric] { get }

    /// The action-value network.
    var critic: CriticKind { get set }
    /// Sizes and initialisation of a hypernetwork critic.
    var architecture: HyperNetwork.Architecture { get set }
    /// Sizes and initialisation of any other critic.
    var baseline: BaselineArchitecture { get set }
    var actorHiddenSizes: [Int] { get set }
    /// Transitions in a batch.
    var batchSize: Int { get set }
    /// Environment steps with uniformly random actions, from the start.
    var randomSteps: Int { get set }
    /// Environment steps before the first update.
    var stepsBeforeUpdates: Int { get }
    /// Transitions that each seed's replay holds.
    var replayCapacity: Int { get set }
    /// Updates after which their costs repeat.
    var updatePeriod: Int { get }

    /// The defaults for a critic and an environment.
    init(critic: CriticKind, environment: String)

    /// Lets updates begin when so many random steps from the start are over.
    mutating func beginUpdates(afterRandomSteps count: Int)

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: At least one; all different.
    func makeAgent(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32], backend: any Backend
    ) throws -> any ActorCriticAgent

    /// The policy alone, for weights that are there already.
    ///
    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: How many there are, at least one.
    func makeStandalonePolicy(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int, backend: any Backend
    ) throws -> StandalonePolicy

    /// One update as a function of state, a batch and noise.
    ///
    /// - Parameter actionLimit: Actions lie in `-actionLimit...actionLimit`.
    func makeUpdateFunction(stateSize: Int, actionSize: Int, actionLimit: Double) throws -> any UpdateFunction
}

extension ActorCriticConfiguration {
    public static var unit: ProgressUnit { .steps }
    public static var drawsTasks: Bool { false }
    public static var metrics: [String] { updateMetrics.map(\.rawValue) }
    public static var evaluationSeries: [String] { [Evaluator.series] }

    public static var variants: [Variant] {
        [
            Variant(
                "critic", values: CriticKind.allCases.map(\.rawValue), standard: CriticKind.saHyper.rawValue,
                summary: "The critic's network.")
        ]
    }

    public var variantValues: [(name: String, value: String)] { [("critic", critic.rawValue)] }

    public init(environment: String, variants: [String: String]) throws(SettingError) {
        if let unknown = variants.keys.sorted().first(where: { $0 != "critic" }) {
            throw SettingError.unknownName(unknown, known: ["critic"])
        }
        let text = variants["critic"] ?? Self.variants[0].standard
        guard let critic = CriticKind(rawValue: text) else {
            throw SettingError.badValue(
                name: "critic", value: text,
                expected: "one of \(CriticKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.init(critic: critic, environment: environment)
    }

    /// The action-value network that the settings describe.
    public func makeCritic(stateSize: Int, actionSize: Int) -> any Critic {
        critic.makeCritic(
            stateSize: stateSize, actionSize: actionSize, architecture: architecture, baseline: baseline)
    }

    /// An agent for a task.
    public func makeAgent(
        _ spec: EnvironmentSpec, seeds: [UInt32], backend: any Backend
    ) throws -> any ActorCriticAgent {
        try makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: spec.actionRange.upperBound,
            seeds: seeds, backend: backend)
    }

    // MARK: What a run needs

    public func makeTrainer(_ context: TrainingContext) throws -> any Trainer {
        // The ring never needs more rows than there are steps.
        var settings = self
        settings.replayCapacity = min(replayCapacity, context.length)
        let trainer = try settings.makeActorCriticTrainer(context)
        trainer.agent.replay.plannedCapacity = replayCapacity
        return trainer
    }

    func makeActorCriticTrainer(_ context: TrainingContext) throws -> ActorCriticTrainer {
        let agent = try makeAgent(context.spec, seeds: context.seeds, backend: context.backend)
        return try ActorCriticTrainer(
            agent: agent, environments: VectorEnvironment(context.spec, seeds: context.seeds, pool: context.pool)
        ) {
            Evaluator(
                episodes: context.evaluationEpisodes, seedCount: context.seeds.count,
                policy: try agent.makePolicy(batch: context.evaluationEpisodes), state: agent.state,
                weightArenas: agent.learner.weightArenas,
                environments: try VectorEnvironment(
                    context.spec, seeds: context.seeds, lanesPerSeed: context.evaluationEpisodes, stream: .evaluation,
                    pool: context.pool))
        }
    }

    public func makeEvaluator(_ context: EvaluationContext) throws -> any PolicyEvaluator {
        let spec = context.spec
        let policy = try makeStandalonePolicy(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: spec.actionRange.upperBound,
            seeds: 1, backend: context.backend)
        return Evaluator(
            episodes: context.episodes, seedCount: 1, policy: try policy.makePolicy(batch: context.episodes),
            state: policy.state, weightArenas: policy.arenas,
            environments: try VectorEnvironment(
                spec, seeds: [context.startSeed], lanesPerSeed: context.episodes, stream: .evaluation,
                pool: context.pool))
    }

    public func makeUpdateFunction(_ spec: EnvironmentSpec) throws -> any UpdateFunction {
        try makeUpdateFunction(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: spec.actionRange.upperBound)
    }

    public func makeProbeSubject(_ context: TrainingContext) throws -> ProbeSubject {
        var settings = self
        // Nothing is learned, so one row of replay will do.
        settings.replayCapacity = 1
        let agent = try settings.makeAgent(context.spec, seeds: context.seeds, backend: context.backend)
        return ProbeSubject(learner: agent.learner, views: ProbeViews(actorCritic: agent))
    }

    public static func checkedConfigurations() -> [any AlgorithmConfiguration] {
        [CriticKind.mlpStandard, .saHyper].map { critic in
            var configuration = Self(critic: critic, environment: "Hopper-v2")
            configuration.batchSize = 50
            configuration.actorHiddenSizes = [64, 64]
            configuration.architecture.primary.widths = [32, 48, 64]
            configuration.architecture.hiddenSize = 40
            return configuration
        }
    }
}
