import HyperBenchmarks
import HyperCommandLine

let loopCommand = Command(
    "loop", summary: "Times a whole training step beside its parts: gradient step, environments, acting.",
    options: AgentOptions.options(
        environment: "The task to train on", seconds: "10",
        replay: "Transitions that each seed's replay has room for")
        + BenchmarkBackend.options + [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [
        Example(
            "hyperbench loop --critic mlp-standard --env Hopper-v2",
            summary: "Shows what the loop costs beside a small step.")
    ]
) { arguments, output in
    let agent = try AgentOptions.agent(arguments)
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
