import HyperCPU
import HyperEnvironments
import HyperModels
import HyperTensor
import Testing

@testable import HyperAgents

/// The actor-critics that there are.
struct ActorCriticType: Sendable {
    let name: String
    private let type: any ActorCriticConfiguration.Type

    static let all = [ActorCriticType(TD3Configuration.self), ActorCriticType(SACConfiguration.self)]

    private init(_ type: any ActorCriticConfiguration.Type) {
        name = type.algorithm
        self.type = type
    }

    static func named(_ name: String) -> ActorCriticType? { all.first { $0.name == name } }

    func configuration(critic: CriticKind, environment: String) -> any ActorCriticConfiguration {
        type.init(critic: critic, environment: environment)
    }
}

/// An algorithm as an argument of tests.
struct TestedAlgorithm: CustomTestStringConvertible, Sendable {
    let algorithm: ActorCriticType
    /// Settings beside the defaults.
    var settings: [String: String] = [:]

    static let all = ActorCriticType.all.map { TestedAlgorithm(algorithm: $0) }
    /// All, and the variants that keep more state.
    static let variants =
        all
        + all.filter { $0.algorithm.name == "sac" }.map {
            TestedAlgorithm(algorithm: $0.algorithm, settings: ["entropy": "auto"])
        }

    var testDescription: String { ([algorithm.name] + settings.map { "\($0)=\($1)" }).joined(separator: " ") }

    func configuration(critic: CriticKind, environment: String) throws -> any ActorCriticConfiguration {
        var configuration = algorithm.configuration(critic: critic, environment: environment)
        for (name, value) in settings { try configuration.set(name, to: value) }
        return configuration
    }
}

extension Configurable {
    /// Sets those of some settings that apply.
    mutating func setWhatApplies(_ settings: KeyValuePairs<String, String>) throws {
        let names = Set(appliedSettings.map(\.name))
        for (name, value) in settings where names.contains(name) { try set(name, to: value) }
    }
}

/// A short run on a real task with small networks and batches.
struct SmallRun {
    var algorithm = TestedAlgorithm.all[0]
    var critic = CriticKind.mlpStandard
    /// Settings beside those that make it small.
    var settings: [String: String] = [:]
    var environment = "Hopper-v2"
    var seeds: [UInt32] = [3]
    var threads = 1
    var steps = 80
    var evaluates = false

    func configuration() throws -> any ActorCriticConfiguration {
        var configuration = try algorithm.configuration(critic: critic, environment: environment)
        try configuration.setWhatApplies([
            "primary.widths": "16,24,40", "dynamic.hidden-size": "24",
            "critic.hidden-size": critic == .mlpLarge ? "40" : "24", "critic.residual-blocks": "3", "batch-size": "17",
            "replay-capacity": "64",
        ])
        configuration.beginUpdates(afterRandomSteps: 30)
        try configuration.set(settings.map { (key: $0.key, value: $0.value) })
        return configuration
    }

    /// Trains and gives the agent.
    @discardableResult
    func train() throws -> any ActorCriticAgent { try makeLoop().run().trainer.agent }

    /// What trains, before the first step.
    func makeLoop() throws -> TrainingLoop {
        let backend = try CPUBackend(threads: threads)
        let spec = try EnvironmentSpec.named(environment)
        let agent = try configuration().makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: seeds,
            backend: backend)
        let environments = try VectorEnvironment(spec, seeds: seeds, pool: backend.pool)
        var evaluator: Evaluator?
        if evaluates {
            evaluator = Evaluator(
                episodes: 2, seedCount: seeds.count, policy: try agent.makePolicy(batch: 2),
                state: agent.state, weightArenas: agent.learner.weightArenas,
                environments: try VectorEnvironment(
                    spec, seeds: seeds, lanesPerSeed: 2, stream: .evaluation, pool: backend.pool))
        }
        return try TrainingLoop(
            agent, environments, steps: steps, logInterval: 10, evaluationInterval: 25, evaluator: evaluator)
    }
}

extension ActorCriticAgent {
    /// Bits of every variable of one seed, replay included.
    func bits(of seed: UInt32) throws -> [String: [UInt32]] {
        guard let position = seeds.firstIndex(of: seed) else { throw TensorError("seed \(seed) is not in the run") }
        var result: [String: [UInt32]] = [:]
        for variable in state.layout.variables {
            let count = variable.type.count / seeds.count
            var values = [UInt32](repeating: 0, count: count)
            try values.withUnsafeMutableBytes {
                try state.read(variable, elements: position * count..<(position + 1) * count, into: $0)
            }
            result[variable.name] = values
        }
        return result
    }
}
