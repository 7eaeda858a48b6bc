import HyperAgents
import HyperBenchmarks
import HyperCommandLine
import HyperEnvironments

/// The options of commands that measure a real agent.
enum AgentOptions {
    private static let catalogue = AlgorithmCatalogue.standard

    /// - Parameters:
    ///   - environment, replay: What the task and the replay are for, in the command's help.
    ///   - seconds: How long the command measures unless told otherwise.
    static func options(environment: String, seconds: String, replay: String) -> [Option] {
        [
            Option(
                "--algo", "name", .choice(catalogue.names), summary: "The learning algorithm.",
                defaultText: catalogue.names[0])
        ]
            + catalogue.variants.map {
                Option(
                    "--\($0.name)", "name", .choice($0.values), summary: $0.summary, defaultText: $0.standard)
            } + [
                Option(
                    "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
                    summary: "\(environment); see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
                Option(
                    "--seeds", "n", .integer(1...1024), summary: "Agents that learn side by side.", defaultText: "1"),
                Option(
                    "--seconds", "s", .number(0.01...86400), summary: "How long to measure, in seconds.",
                    defaultText: seconds),
                Option("--replay", "n", .integer(1...100_000_000), summary: "\(replay).", defaultText: "1000000"),
            ]
    }

    /// The agent that the options describe.
    static func agent(_ arguments: ParsedArguments) throws -> BenchmarkAgent {
        let algorithm = arguments.text("--algo")
        var variants: [String: String] = [:]
        for variant in catalogue.named(algorithm)?.variants ?? [] {
            variants[variant.name] = arguments.text("--\(variant.name)")
        }
        return try BenchmarkAgent(
            algorithm: algorithm, variants: variants, environment: arguments.text("--env"),
            seeds: arguments.integer("--seeds"), replayRows: arguments.integer("--replay"))
    }
}
