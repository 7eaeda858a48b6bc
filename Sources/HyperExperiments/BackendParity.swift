import HyperAgents
import HyperModels
import HyperRandom
import HyperTensor

/// Trains agents from the same state and batches on two backends and measures how far they come apart.
public struct BackendParity {
    /// One number with its limit.
    public struct Check: Sendable {
        public let name: String
        public let value: Double
        public let limit: Double
        public var holds: Bool { value <= limit }
    }

    /// All comparisons: derivatives, then training by each algorithm with an MLP critic and a small hypernetwork critic.
    ///
    /// - Weights after 100 updates, relative to the largest weight of their arena, and what the two backends' critics differ by.
    /// - Two runs on `backend`, and a seed with and without companions: differing numbers, 0 for the same bits.
    public static func checks(
        of backend: any Backend, against other: any Backend, updates: Int = 100
    ) throws -> [Check] {
        try derivativeChecks(of: backend, against: other)
            + agents.flatMap { configuration -> [Check] in
                let parity = BackendParity(configuration, updates: updates)
                let first = try parity.train(on: backend, seeds: [3, 8])
                let second = try parity.train(on: backend, seeds: [3, 8])
                let alone = try parity.train(on: backend, seeds: [8])
                let theirs = try parity.train(on: other, seeds: [3, 8])
                let name = "\(configuration.algorithm) \(configuration.critic.rawValue)"
                return [
                    Check(
                        name: "\(name): values of \(updates) updates, relative to the largest",
                        value: distance(first.values, theirs.values),
                        limit: 1e-2),
                    Check(
                        name: "\(name): weights after \(updates) updates, relative to the largest",
                        value: distance(first.weights, theirs.weights), limit: 1e-2),
                    Check(
                        name: "\(name): numbers that differ between two runs",
                        value: differing(first.weights + first.values, second.weights + second.values), limit: 0),
                    Check(
                        name: "\(name): numbers of a seed that depend on its companion",
                        value: differing(first.secondSeed, alone.weights), limit: 0),
                ]
            }
    }

    private let configuration: AgentConfiguration
    private let updates: Int
    private static let (stateSize, actionSize, transitions) = (11, 3, 300)

    private static var agents: [AgentConfiguration] {
        OffPolicyAlgorithm.all.flatMap { algorithm in
            [CriticKind.mlpStandard, .saHyper].map {
                algorithm.configuration(critic: $0, environment: "Hopper-v2")
            }
        }
    }

    private init(_ configuration: AgentConfiguration, updates: Int) {
        var configuration = configuration
        configuration.replayCapacity = Self.transitions
        configuration.batchSize = 50
        configuration.actorHiddenSizes = [64, 64]
        configuration.architecture.primary.widths = [32, 48, 64]
        configuration.architecture.hiddenSize = 40
        self.configuration = configuration
        self.updates = updates
    }

    private struct Outcome {
        /// Mean values and losses of every update.
        var values: [Float] = []
        /// All parameters.
        var weights: [Float] = []
        /// The parameters of the second of two seeds.
        var secondSeed: [Float] = []
    }

    private func train(on backend: any Backend, seeds: [UInt32]) throws -> Outcome {
        let agent = try configuration.makeAgent(
            stateSize: Self.stateSize, actionSize: Self.actionSize, actionLimit: 1, seeds: seeds, backend: backend)
        try agent.fillReplay(transitions: Self.transitions)
        var outcome = Outcome()
        for step in 1...updates {
            try agent.update(step: step)
            outcome.values += try agent.latestMetrics().first { $0.name == "value_mean" }?.values ?? []
        }
        for variable in agent.savedArenas.filter({ !$0.name.hasSuffix("moment") }).flatMap(\.variables) {
            let numbers = try agent.state.floats(variable)
            outcome.weights += numbers
            outcome.secondSeed += numbers.suffix(numbers.count / 2)
        }
        return outcome
    }

    static func distance(_ ours: [Float], _ theirs: [Float]) -> Double {
        let difference = zip(ours, theirs).map { Double(($0 - $1).magnitude) }
        if ours.count != theirs.count || difference.contains(where: \.isNaN) { return .infinity }
        return (difference.max() ?? 0) / max(theirs.map { Double($0.magnitude) }.max() ?? 0, .leastNormalMagnitude)
    }

    static func differing(_ ours: [Float], _ theirs: [Float]) -> Double {
        ours.count != theirs.count
            ? .infinity : Double(zip(ours, theirs).filter { $0.bitPattern != $1.bitPattern }.count)
    }
}
