import HyperAgents
import HyperEnvironments
import HyperExperiments
import HyperModels
import HyperTensor

/// An algorithm that can be benchmarked: every one that can be trained.
public struct BenchmarkAlgorithm: Sendable {
    public let name: String
    /// Updates after which their costs repeat: every how many the policy is updated.
    let period: @Sendable (BenchmarkAgent) -> Int
    let batch: @Sendable (BenchmarkAgent) -> Int
    let makeAgent: @Sendable (BenchmarkAgent, EnvironmentSpec, any Backend) throws -> any OffPolicyAgent

    public static let all = OffPolicyAlgorithm.all.map(BenchmarkAlgorithm.init)

    private init(_ algorithm: OffPolicyAlgorithm) {
        name = algorithm.name
        period = { $0.configuration(algorithm).updatePeriod }
        batch = { $0.configuration(algorithm).batchSize }
        makeAgent = { agent, spec, backend in
            try agent.configuration(algorithm).makeAgent(
                stateSize: spec.observationSize, actionSize: spec.actionSize,
                actionLimit: spec.actionRange.upperBound, seeds: agent.seedList, backend: backend)
        }
    }

    public static func named(_ name: String) throws -> BenchmarkAlgorithm {
        guard let algorithm = all.first(where: { $0.name == name }) else {
            let names = all.map(\.name).joined(separator: ", ")
            throw BenchmarkError("no algorithm '\(name)' (values: \(names))")
        }
        return algorithm
    }
}

/// Which agent to measure, with the settings that training has by default.
public struct BenchmarkAgent: Hashable, Sendable {
    public let algorithm: String
    public let critic: CriticKind
    public let environment: String
    /// How many agents learn side by side.
    public let seeds: Int
    /// Transitions that each seed's replay holds.
    public var replayRows: Int

    public init(
        algorithm: String = "td3", critic: CriticKind, environment: String = "HalfCheetah-v2", seeds: Int = 1,
        replayRows: Int = 1_000_000
    ) {
        self.algorithm = algorithm
        self.critic = critic
        self.environment = environment
        self.seeds = seeds
        self.replayRows = replayRows
    }

    var seedList: [UInt32] { (0..<UInt32(seeds)).map { $0 } }

    /// The defaults of training, with updates from the first batch on.
    func configuration(_ algorithm: OffPolicyAlgorithm) -> AgentConfiguration {
        var configuration = algorithm.configuration(critic: critic, environment: environment)
        configuration.replayCapacity = replayRows
        configuration.beginUpdates(afterRandomSteps: configuration.batchSize)
        return configuration
    }
}
