import HyperAgents
import HyperEnvironments
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

    /// All comparisons: derivatives, then training by each algorithm, as small as it checks itself.
    ///
    /// - Weights after 100 updates, relative to the largest weight of their arena, and what the two backends' metrics differ by.
    /// - Two runs on `backend`, and a seed with and without companions: differing numbers, 0 for the same bits.
    public static func checks(
        of backend: any Backend, against other: any Backend, updates: Int = 100,
        catalogue: AlgorithmCatalogue = .standard
    ) throws -> [Check] {
        let agents = try catalogue.algorithms.flatMap { try $0.checkedConfigurations() }
        return try derivativeChecks(of: backend, against: other)
            + agents.flatMap { configuration -> [Check] in
                let parity = BackendParity(configuration: configuration, updates: updates)
                let first = try parity.train(on: backend, seeds: [3, 8])
                let second = try parity.train(on: backend, seeds: [3, 8])
                let alone = try parity.train(on: backend, seeds: [8])
                let theirs = try parity.train(on: other, seeds: [3, 8])
                let name = "\(configuration.algorithm) \(configuration.label)"
                return [
                    Check(
                        name: "\(name): values of \(updates) updates, relative to the largest",
                        value: first.values.map { distance($1, theirs.values[$0] ?? []) }.max() ?? .infinity,
                        limit: 1e-2),
                    Check(
                        name: "\(name): weights after \(updates) updates, relative to the largest",
                        value: distance(first.weights, theirs.weights), limit: 1e-2),
                    Check(
                        name: "\(name): numbers that differ between two runs",
                        value: differing(
                            first.weights + first.allValues, second.weights + second.allValues), limit: 0),
                    Check(
                        name: "\(name): numbers of a seed that depend on its companion",
                        value: differing(first.secondSeed, alone.weights), limit: 0),
                ]
            }
    }

    private let configuration: AgentConfiguration
    private let updates: Int
    private static let environment = "Hopper-v2"
    /// Rows of experience.
    private static let experience = 300

    private struct Outcome {
        /// What updates told, by name.
        var values: [String: [Float]] = [:]
        /// All parameters.
        var weights: [Float] = []
        /// The parameters of the second of two seeds.
        var secondSeed: [Float] = []

        var allValues: [Float] { values.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    private func train(on backend: any Backend, seeds: [UInt32]) throws -> Outcome {
        let benchmark = try configuration.base.makeBenchmark(
            BenchmarkContext(
                spec: try EnvironmentSpec.named(Self.environment), seeds: seeds, experience: Self.experience,
                isLifelike: true, backend: backend))
        var outcome = Outcome()
        for _ in 1...updates {
            try benchmark.update()
            for (name, values) in try benchmark.latestMetrics() { outcome.values[name, default: []] += values }
        }
        let learner = benchmark.learner
        for variable in learner.savedArenas.filter({ $0.role != .moment }).flatMap(\.variables) {
            let numbers = try learner.state.doubles(variable).map { Float($0) }
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
