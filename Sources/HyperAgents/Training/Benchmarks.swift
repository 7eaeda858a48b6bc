import HyperEnvironments
import HyperTensor

/// What is to be timed.
public struct BenchmarkContext {
    public let spec: EnvironmentSpec
    public let seeds: [UInt32]
    /// Rows of experience of each seed.
    public let experience: Int
    /// Whether the made-up experience is like that of a task, with endings, or just any numbers, made as fast as can be.
    public let isLifelike: Bool
    public let backend: any Backend

    public init(
        spec: EnvironmentSpec, seeds: [UInt32], experience: Int, isLifelike: Bool = false, backend: any Backend
    ) {
        self.spec = spec
        self.seeds = seeds
        self.experience = experience
        self.isLifelike = isLifelike
        self.backend = backend
    }
}

/// One update on made-up experience, again and again.
public protocol UpdateBenchmark: AnyObject {
    /// Samples in an update of each seed.
    var batchSize: Int { get }
    /// Updates after which their costs repeat.
    var period: Int { get }
    var learner: Learner { get }

    func update() throws
    /// Losses and means of the latest update, one value for each seed.
    func latestMetrics() throws -> [(name: String, values: [Float])]
    /// Returns when all updates are done; whether all losses were finite.
    func finish() throws -> Bool
}

/// The loop of training as a whole and in parts, all on the same agent.
public struct LoopParts {
    /// Ways through the loop after which their costs repeat.
    public let period: Int
    /// One way through the loop.
    public let whole: () throws -> Void
    /// What the whole must contain; its costs beyond these are overhead.
    public let update: () throws -> Void
    public let environments: () throws -> Void
    /// Acting alone, read back.
    public let act: () throws -> Void
    /// Returns when everything is done; whether all losses were finite.
    public let finish: () throws -> Bool

    public init(
        period: Int, whole: @escaping () throws -> Void, update: @escaping () throws -> Void,
        environments: @escaping () throws -> Void, act: @escaping () throws -> Void, finish: @escaping () throws -> Bool
    ) {
        self.period = period
        self.whole = whole
        self.update = update
        self.environments = environments
        self.act = act
        self.finish = finish
    }
}
