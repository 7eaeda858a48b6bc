import HyperAgents
import HyperEnvironments

/// Everything that decides what a training run computes.
public struct RunConfiguration: Hashable, Sendable {
    public var environment: String
    /// What a task with goals asks for; `.none` for others.
    public var goal: TaskGoal
    public var seeds: [UInt32]
    /// Environment steps of each seed.
    public var steps: Int
    /// Environment steps between evaluations.
    public var evaluationInterval: Int
    /// Episodes of each evaluation.
    public var evaluationEpisodes: Int
    /// Environment steps between rows of progress.csv.
    public var logInterval: Int
    /// The algorithm and its settings.
    public var agent: AgentConfiguration

    /// The learning algorithm's name.
    public var algorithm: String { agent.algorithm }

    /// The work of the run, or of what is left of it.
    ///
    /// - Parameter done: Progress units that are behind it, with their evaluations.
    public func work(after done: Int = 0) -> [WorkAmount] {
        agent.base.work(
            RunLength(units: steps, done: done, evaluationInterval: evaluationInterval),
            timeLimit: task?.timeLimit ?? 0)
    }

    /// Whether the run learns anything.
    public var isLearning: Bool { work().contains { $0.isLearning && $0.count > 0 } }

    /// The paper's run: 10⁶ steps, 10 episodes every 5,000 steps.
    ///
    /// - Parameter variants: Names and values that the algorithm has; those left out have their standard value.
    public init(
        algorithm: Algorithm = AlgorithmCatalogue.standard.algorithms[0], environment: String = "HalfCheetah-v2",
        variants: [String: String] = [:], seeds: [UInt32] = [0],
        steps: Int = 1_000_000, evaluationInterval: Int = 5000, evaluationEpisodes: Int = 10, logInterval: Int = 1000
    ) {
        let agent: AgentConfiguration
        do { agent = try algorithm.configuration(environment: environment, variants: variants) } catch {
            preconditionFailure("RunConfiguration: \(algorithm.name): \(error)")
        }
        self.init(
            agent, environment: environment, seeds: seeds, steps: steps, evaluationInterval: evaluationInterval,
            evaluationEpisodes: evaluationEpisodes, logInterval: logInterval)
    }

    public init(
        _ agent: AgentConfiguration, environment: String, seeds: [UInt32] = [0], steps: Int = 1_000_000,
        evaluationInterval: Int = 5000, evaluationEpisodes: Int = 10, logInterval: Int = 1000
    ) {
        self.agent = agent
        self.environment = environment
        goal = .none
        self.seeds = seeds
        self.steps = steps
        self.evaluationInterval = evaluationInterval
        self.evaluationEpisodes = evaluationEpisodes
        self.logInterval = logInterval
        begin(agent, on: environment)
    }

    /// Takes an algorithm with its defaults for a task; a task with goals begins with its standard one.
    mutating func begin(_ agent: AgentConfiguration, on environment: String) {
        self.agent = agent
        self.environment = environment
        goal = agent.drawsTasks ? .none : task?.goal ?? .none
    }

    /// The task, with its standard goal; nil if there is none of that name.
    var task: EnvironmentSpec? { EnvironmentSpec.known(environment) }

    /// The task with its goal.
    ///
    /// - Throws: `EnvironmentError` if there is no such task or the goal is none of its.
    public func spec() throws(EnvironmentError) -> EnvironmentSpec {
        let spec = try EnvironmentSpec.named(environment)
        return agent.drawsTasks ? spec : try spec.asking(for: goal)
    }
}

/// Which program made a result.
public struct BuildIdentity: Hashable, Sendable {
    public let version: String
    /// The commit that was built, or `unknown`.
    public let commit: String

    public init(version: String, commit: String) {
        self.version = version
        self.commit = commit
    }
}
