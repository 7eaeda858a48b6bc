import HyperEnvironments
import HyperParallel
import HyperTensor

/// The settings of an algorithm, and everything that programs need to know of it: how it trains, how its policies are evaluated,
/// measured and timed. Programs know algorithms through this protocol alone.
public protocol AlgorithmConfiguration: Configurable, Hashable, Sendable {
    /// The name by which users ask for the algorithm.
    static var algorithm: String { get }
    /// One line for lists and help.
    static var summary: String { get }
    /// What the length of a run counts.
    static var unit: ProgressUnit { get }
    /// Whether a run learns many tasks, whose goals it draws for each seed (`TaskSet`), or the one whose goal it is given.
    static var drawsTasks: Bool { get }
    /// Losses and means that its trainer tells (`Trainer.latestMetrics`); a column of progress.csv each.
    static var metrics: [String] { get }
    /// What an evaluation measures, by name. The first one decides which weights are the best, and has the columns
    /// `eval_return_mean` and `eval_return_std`.
    static var evaluationSeries: [String] { get }
    /// Choices that come before all settings, as the defaults of these depend on them: the critic of an actor-critic.
    static var variants: [Variant] { get }

    /// The defaults for a task.
    ///
    /// - Parameter variants: By name; those left out have their standard value.
    /// - Throws: `SettingError` for an unknown name or value.
    init(environment: String, variants: [String: String]) throws(SettingError)

    /// The present value of each variant, in order.
    var variantValues: [(name: String, value: String)] { get }

    /// When learning begins; nil at once.
    var learningStart: LearningStart? { get }

    /// A learner that trains.
    func makeTrainer(_ context: TrainingContext) throws -> any Trainer

    /// A policy without its learner (no moments, targets or updates), that plays episodes once its weights are loaded.
    func makeEvaluator(_ context: EvaluationContext) throws -> any PolicyEvaluator

    /// One update as a function of state, a batch and noise.
    func makeUpdateFunction(_ spec: EnvironmentSpec) throws -> any UpdateFunction

    /// A learner as it begins, to be measured; it is never trained.
    func makeProbeSubject(_ context: TrainingContext) throws -> ProbeSubject

    /// What a run, or the rest of it, consists of: how often each kind of work is done.
    ///
    /// - Parameter timeLimit: Control steps after which an episode is cut off.
    func work(_ length: RunLength, timeLimit: Int) -> [WorkAmount]

    /// The same kinds of work, to be timed one by one.
    func makeTrial(_ context: TrainingContext) throws -> any WorkTrial

    /// An update on made-up experience, to be timed.
    func makeBenchmark(_ context: BenchmarkContext) throws -> any UpdateBenchmark

    /// The whole of training's loop beside its parts, to be timed.
    func makeLoopBenchmark(_ context: BenchmarkContext, pool: WorkerPool) throws -> LoopParts

    /// Small configurations with which a backend is checked against another.
    static func checkedConfigurations() throws(SettingError) -> [any AlgorithmConfiguration]
}

/// What the length of a run counts.
public enum ProgressUnit: String, Hashable, Sendable {
    case steps
    case iterations

    /// One of them.
    public var singular: String {
        switch self {
        case .steps: "step"
        case .iterations: "iteration"
        }
    }
}

/// When learning begins.
public struct LearningStart: Hashable, Sendable {
    /// Progress units before the first update.
    public let units: Int
    /// The setting that says so.
    public let setting: String
}

/// A choice that comes before all settings.
public struct Variant: Hashable, Sendable {
    /// The key of run.json, and the option's name without its dashes.
    public let name: String
    public let values: [String]
    public let standard: String
    public let summary: String

    public init(_ name: String, values: [String], standard: String, summary: String) {
        self.name = name
        self.values = values
        self.standard = standard
        self.summary = summary
    }
}

/// What a trainer is made for.
public struct TrainingContext {
    /// The task; with its goal where the algorithm learns a single one.
    public let spec: EnvironmentSpec
    /// At least one; all different.
    public let seeds: [UInt32]
    /// Progress units of the whole run.
    public let length: Int
    /// Episodes of an evaluation.
    public let evaluationEpisodes: Int
    public let backend: any Backend
    /// Threads that environments are stepped on.
    public let pool: WorkerPool

    public init(
        spec: EnvironmentSpec, seeds: [UInt32], length: Int, evaluationEpisodes: Int = 10, backend: any Backend,
        pool: WorkerPool
    ) {
        self.spec = spec
        self.seeds = seeds
        self.length = length
        self.evaluationEpisodes = evaluationEpisodes
        self.backend = backend
        self.pool = pool
    }
}

/// What a policy is to play.
public struct EvaluationContext {
    public let spec: EnvironmentSpec
    /// Seed of the weights; it draws the tasks of an algorithm that has several.
    public let seed: UInt32
    /// Seed of the starting states.
    public let startSeed: UInt32
    public let episodes: Int
    public let backend: any Backend
    public let pool: WorkerPool

    public init(
        spec: EnvironmentSpec, seed: UInt32, startSeed: UInt32, episodes: Int, backend: any Backend, pool: WorkerPool
    ) {
        self.spec = spec
        self.seed = seed
        self.startSeed = startSeed
        self.episodes = episodes
        self.backend = backend
        self.pool = pool
    }
}

/// An algorithm by name.
public struct Algorithm: Sendable {
    public let name: String
    /// One line for lists and help.
    public let summary: String
    public let unit: ProgressUnit
    /// Whether a run draws the goals of its tasks.
    public let drawsTasks: Bool
    public let variants: [Variant]
    private let type: any AlgorithmConfiguration.Type

    public init(_ type: any AlgorithmConfiguration.Type) {
        name = type.algorithm
        summary = type.summary
        unit = type.unit
        drawsTasks = type.drawsTasks
        variants = type.variants
        self.type = type
    }

    /// The defaults for a task.
    ///
    /// - Parameter variants: By name; those left out have their standard value.
    /// - Throws: `SettingError` for an unknown name or value.
    public func configuration(
        environment: String, variants: [String: String] = [:]
    ) throws(SettingError) -> AgentConfiguration {
        AgentConfiguration(try type.init(environment: environment, variants: variants))
    }

    /// Small configurations with which a backend is checked against another.
    public func checkedConfigurations() throws(SettingError) -> [AgentConfiguration] {
        try type.checkedConfigurations().map { AgentConfiguration($0) }
    }
}

/// The algorithms that a program knows. A new one is a folder, and a row of the catalogue that programs pass down.
public struct AlgorithmCatalogue: Sendable {
    public let algorithms: [Algorithm]

    public init(_ types: [any AlgorithmConfiguration.Type]) { algorithms = types.map(Algorithm.init) }

    /// The algorithm of that name; nil if there is none.
    public func named(_ name: String) -> Algorithm? { algorithms.first { $0.name == name } }

    public var names: [String] { algorithms.map(\.name) }

    /// The variants of all algorithms; one row for each name.
    public var variants: [Variant] {
        var seen: Set<String> = []
        return algorithms.flatMap(\.variants).filter { seen.insert($0.name).inserted }
    }

    /// The first is the default.
    public static let standard = AlgorithmCatalogue([TD3Configuration.self, SACConfiguration.self])
}
