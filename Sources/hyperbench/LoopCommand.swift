import HyperBenchmarks
import HyperCommandLine
import HyperEnvironments
import HyperModels

let loopCommand = Command(
    "loop", summary: "Times a whole training step beside its parts: gradient step, environments, acting.",
    options: [
        Option(
            "--algo", "name", .choice(BenchmarkAlgorithm.all.map(\.name)), summary: "The learning algorithm.",
            defaultText: "td3"),
        Option(
            "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)), summary: "The critic's network.",
            defaultText: CriticKind.saHyper.rawValue),
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task to train on; see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
        Option("--seeds", "n", .integer(1...1024), summary: "Agents that learn side by side.", defaultText: "1"),
        Option("--seconds", "s", .number(0.01...86400), summary: "How long to measure, in seconds.", defaultText: "10"),
        Option(
            "--replay", "n", .integer(1...100_000_000), summary: "Transitions that each seed's replay has room for.",
            defaultText: "1000000"),
    ] + BenchmarkBackend.options + [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [
        Example(
            "hyperbench loop --critic mlp-standard --env Hopper-v2",
            summary: "Shows what the loop costs beside a small step.")
    ]
) { arguments, output in
    guard let critic = CriticKind(rawValue: arguments.text("--critic")) else {
        preconditionFailure("the option takes the names of CriticKind alone")
    }
    let agent = BenchmarkAgent(
        algorithm: arguments.text("--algo"), critic: critic, environment: arguments.text("--env"),
        seeds: arguments.integer("--seeds"), replayRows: arguments.integer("--replay"))
    let choice = try BenchmarkBackend(arguments)
    let result = try LoopBenchmark(
        agent, seconds: arguments.number("--seconds"), backend: choice.backend, pool: choice.pool)
    if arguments.flag("--json") {
        try output.writeLine(result.json.jsonText)
    } else {
        try output.write(result.text)
    }
    return .success
}
