import HyperBenchmarks
import HyperCommandLine
import HyperFormats

let stepCommand = Command(
    "step", summary: "Times one gradient step of a real agent on synthetic replay, and its phases.",
    options: AgentOptions.options(
        environment: "The task that gives the sizes", seconds: "5",
        replay: "Transitions in each seed's replay")
        + BenchmarkBackend.options + [
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
    let agent = try AgentOptions.agent(arguments)
    if let path = arguments.optionalText("--trace") { try OutputPath.check(path) }
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
