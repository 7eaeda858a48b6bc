import HyperBenchmarks
import HyperCommandLine
import HyperEnvironments
import HyperFormats
import HyperModels

let stepCommand = Command(
    "step", summary: "Times one gradient step of a real agent on synthetic replay, and its phases.",
    options: [
        Option(
            "--algo", "name", .choice(BenchmarkAlgorithm.all.map(\.name)), summary: "The learning algorithm.",
            defaultText: BenchmarkAlgorithm.all[0].name),
        Option(
            "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)), summary: "The critic's network.",
            defaultText: CriticKind.saHyper.rawValue),
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task that gives the sizes; see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
        Option("--seeds", "n", .integer(1...1024), summary: "Agents that learn side by side.", defaultText: "1"),
        Option("--seconds", "s", .number(0.01...86400), summary: "How long to measure, in seconds.", defaultText: "5"),
        Option(
            "--replay", "n", .integer(1...100_000_000), summary: "Transitions in each seed's replay.",
            defaultText: "1000000"),
    ] + BenchmarkBackend.options + [
        Option(flag: "--json", summary: "Print one line of JSON."),
        Option(
            "--trace", "file", .text,
            summary: "Write a Chrome trace with every launch, for ui.perfetto.dev."),
    ],
    examples: [
        Example(
            "hyperbench step --algo td3 --critic mlp-standard --env HalfCheetah-v2 --seeds 5 --seconds 10 --json",
            summary: "Times five agents together."),
        Example("hyperbench step --critic sa-hyper --trace step.json", summary: "Shows every launch on a time line."),
    ],
    body: measureStep)

@Sendable private func measureStep(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    guard let critic = CriticKind(rawValue: arguments.text("--critic")) else {
        preconditionFailure("the option takes the names of CriticKind alone")
    }
    let agent = BenchmarkAgent(
        algorithm: arguments.text("--algo"), critic: critic, environment: arguments.text("--env"),
        seeds: arguments.integer("--seeds"), replayRows: arguments.integer("--replay"))
    let choice = try BenchmarkBackend(arguments)
    let result = try StepBenchmark.run(agent, seconds: arguments.number("--seconds"), backend: choice.backend)
    if let path = arguments.optionalText("--trace") {
        try AtomicFile.write(ChromeTrace.json(result.runs, device: result.device).jsonText + "\n", to: path)
    }
    if arguments.flag("--json") {
        try output.writeLine(result.json.jsonText)
    } else {
        try output.write(result.text)
    }
    return .success
}
