import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperTensor

/// An algorithm for tests of everything around algorithms: a policy gradient over tasks with goals, as unlike an actor-critic as can be.
///
/// An iteration plays one ragged episode in each lane of several tasks, with the task's goal as the policy's condition, and then makes
/// one step of Adam. There is no replay; what is not complete is done again.
public struct GoalSearchConfiguration: Hashable, Sendable {
    /// What the policy is told of its task.
    public enum Context: String, Hashable, Sendable, CaseIterable {
        case goal
        /// Nothing: 0.
        case none
    }

    public var context: Context
    public var learningRate = 1e-2
    /// Tasks of an iteration.
    public var taskCount = 3
    /// Episodes of each task in an iteration.
    public var trajectories = 2
    /// Control steps of the longest episode; others end up to 3 earlier.
    public var horizon = 8
    /// Standard deviation of actions while collecting.
    public var deviation = 0.3
    public var hiddenSizes = [8]

    /// Episodes that are played side by side for each seed.
    var lanes: Int { taskCount * trajectories }
}

extension GoalSearchConfiguration: Configurable {
    public static var settings: [Setting<GoalSearchConfiguration>] {
        [
            .number("learning-rate", \.learningRate, 0...1, "Adam's learning rate."),
            .integer("tasks", \.taskCount, 1...100, "Tasks of an iteration."),
            .integer("trajectories", \.trajectories, 1...100, "Episodes of each task."),
            .integer("horizon", \.horizon, 4...1000, "Control steps of the longest episode."),
            .number("deviation", \.deviation, 0...10, "Standard deviation of actions while collecting."),
            .integers("hidden-sizes", \.hiddenSizes, 1...1024, count: 1...4, "Widths of the policy's hidden layers."),
        ]
    }
}

extension GoalSearchConfiguration: AlgorithmConfiguration {
    public static let algorithm = "goal-search"
    public static let summary = "a policy gradient over tasks with goals, for tests"
    public static let unit = ProgressUnit.iterations
    public static let drawsTasks = true
    public static let metrics = ["loss", "return_mean"]
    public static let evaluationSeries = ["told", "untold"]
    public static let variants = [
        Variant(
            "context", values: Context.allCases.map(\.rawValue), standard: Context.goal.rawValue,
            summary: "What the policy is told of its task.")
    ]

    public init(environment: String, variants: [String: String]) throws(SettingError) {
        let text = variants["context"] ?? Context.goal.rawValue
        guard let context = Context(rawValue: text) else {
            throw SettingError.badValue(name: "context", value: text, expected: "goal or none")
        }
        self.context = context
    }

    public var variantValues: [(name: String, value: String)] { [("context", context.rawValue)] }
    public var learningStart: LearningStart? { nil }

    public func makeTrainer(_ context: TrainingContext) throws -> any Trainer { try GoalSearchTrainer(self, context) }

    public func makeEvaluator(_ context: EvaluationContext) throws -> any PolicyEvaluator {
        var layout = StateLayout()
        let networks = try GoalSearchNetworks(self, context.spec, seeds: 1, learns: false, in: &layout)
        return try GoalSearchEvaluator(
            networks, context.spec, state: context.backend.makeState(layout), seeds: [context.seed],
            startSeeds: [context.startSeed], episodes: context.episodes, backend: context.backend, pool: context.pool)
    }

    public func makeUpdateFunction(_ spec: EnvironmentSpec) throws -> any UpdateFunction {
        try GoalSearchUpdateFunction(self, spec)
    }

    public func makeProbeSubject(_ context: TrainingContext) throws -> ProbeSubject {
        ProbeSubject(try GoalSearchTrainer(self, context))
    }

    public func work(_ length: RunLength, timeLimit: Int) -> [WorkAmount] {
        [
            WorkAmount("iteration", length.units - length.done, isLearning: true),
            WorkAmount("evaluation", length.evaluations),
        ]
    }

    public func makeTrial(_ context: TrainingContext) throws -> any WorkTrial {
        try GoalSearchTrial(GoalSearchTrainer(self, context))
    }

    public func makeBenchmark(_ context: BenchmarkContext) throws -> any UpdateBenchmark {
        try GoalSearchBenchmark(self, context)
    }

    public func makeLoopBenchmark(_ context: BenchmarkContext, pool: WorkerPool) throws -> LoopParts {
        let trainer = try GoalSearchTrainer(
            self,
            TrainingContext(
                spec: context.spec, seeds: context.seeds, length: 1_000_000, backend: context.backend, pool: pool))
        func collect() throws { _ = try trainer.collect(shouldStop: { false }) }
        return LoopParts(
            period: 1, whole: trainer.iterate, update: trainer.update, environments: collect, act: collect
        ) { try trainer.lossesWereFinite().allSatisfy { $0 } }
    }

    public static func checkedConfigurations() throws(SettingError) -> [any AlgorithmConfiguration] {
        [try GoalSearchConfiguration(environment: "", variants: [:])]
    }
}
