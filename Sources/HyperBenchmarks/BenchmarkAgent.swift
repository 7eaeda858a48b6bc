import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperTensor

/// Which agent to measure, with the settings that training has by default.
public struct BenchmarkAgent: Hashable, Sendable {
    public let configuration: AgentConfiguration
    public let environment: String
    /// How many agents learn side by side.
    public let seeds: Int
    /// Rows of experience that each seed has.
    public let experience: Int

    public var algorithm: String { configuration.algorithm }
    /// The variants in short: `sa-hyper`.
    public var label: String { configuration.label }

    /// - Parameters:
    ///   - algorithm: A name from the catalogue.
    ///   - variants: By name; those left out have their standard value.
    ///   - replayRows: Rows of experience that each seed has.
    /// - Throws: `BenchmarkError` if there is no such algorithm or variant.
    public init(
        algorithm name: String = "td3", variants: [String: String] = [:], environment: String = "HalfCheetah-v2",
        seeds: Int = 1, replayRows: Int = 1_000_000, catalogue: AlgorithmCatalogue = .standard
    ) throws {
        guard let algorithm = catalogue.named(name) else {
            throw BenchmarkError("no algorithm '\(name)' (values: \(catalogue.names.joined(separator: ", ")))")
        }
        do { configuration = try algorithm.configuration(environment: environment, variants: variants) } catch {
            throw BenchmarkError("\(name): \(error)")
        }
        self.environment = environment
        self.seeds = seeds
        experience = replayRows
    }

    /// What the algorithm makes its benchmarks for.
    func context(_ backend: any Backend) throws -> BenchmarkContext {
        BenchmarkContext(
            spec: try EnvironmentSpec.named(environment), seeds: (0..<UInt32(seeds)).map { $0 }, experience: experience,
            backend: backend)
    }

    /// An update on made-up experience.
    func makeBenchmark(_ backend: any Backend) throws -> any UpdateBenchmark {
        try configuration.base.makeBenchmark(context(backend))
    }

    /// The loop of training and its parts.
    func makeLoop(_ backend: any Backend, pool: WorkerPool) throws -> LoopParts {
        try configuration.base.makeLoopBenchmark(context(backend), pool: pool)
    }

    /// Which agent it is, as the first members of a report's JSON.
    var json: JSONObject {
        var object = JSONObject()
        object["algorithm"] = .string(algorithm)
        for (name, value) in configuration.variantValues { object[name] = .string(value) }
        object["environment"] = .string(environment)
        return object
    }

    /// The first line of a report.
    var title: String {
        let name = label == algorithm ? algorithm : "\(algorithm) \(label)"
        return "\(name) on \(environment), " + (seeds == 1 ? "1 seed" : "\(seeds) seeds together")
    }
}
