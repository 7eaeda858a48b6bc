import HyperBenchmarks
import HyperCommandLine
import HyperEnvironments
import HyperModels

/// The options of commands that measure a real agent.
enum AgentOptions {
    /// - Parameters:
    ///   - environment, replay: What the task and the replay are for, in the command's help.
    ///   - seconds: How long the command measures unless told otherwise.
    static func options(environment: String, seconds: String, replay: String) -> [Option] {
        [
            Option(
                "--algo", "name", .choice(BenchmarkAlgorithm.all.map(\.name)), summary: "The learning algorithm.",
                defaultText: BenchmarkAlgorithm.all[0].name),
            Option(
                "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)), summary: "The critic's network.",
                defaultText: CriticKind.saHyper.rawValue),
            Option(
                "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
                summary: "\(environment); see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
            Option("--seeds", "n", .integer(1...1024), summary: "Agents that learn side by side.", defaultText: "1"),
            Option(
                "--seconds", "s", .number(0.01...86400), summary: "How long to measure, in seconds.",
                defaultText: seconds),
            Option("--replay", "n", .integer(1...100_000_000), summary: "\(replay).", defaultText: "1000000"),
        ]
    }

    /// The agent that the options describe.
    static func agent(_ arguments: ParsedArguments) -> BenchmarkAgent {
        guard let critic = CriticKind(rawValue: arguments.text("--critic")) else {
            preconditionFailure("the option takes the names of CriticKind alone")
        }
        return BenchmarkAgent(
            algorithm: arguments.text("--algo"), critic: critic, environment: arguments.text("--env"),
            seeds: arguments.integer("--seeds"), replayRows: arguments.integer("--replay"))
    }
}
