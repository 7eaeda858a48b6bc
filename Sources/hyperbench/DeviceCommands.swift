import HyperBenchmarks
import HyperCommandLine
import HyperEnvironments
import HyperModels

let rooflineCommand = Command(
    "roofline", summary: "Measures what the device can do at best: matrix products, memory, launches.",
    options: [
        Option("--seconds", "s", .number(0.01...3600), summary: "How long to measure, in seconds.", defaultText: "5")
    ] + BenchmarkBackend.options + [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [Example("hyperbench roofline --threads 1", summary: "Measures one core.")]
) { arguments, output in
    let roofline = try BenchmarkBackend(arguments).roofline(seconds: arguments.number("--seconds"))
    if arguments.flag("--json") {
        try output.writeLine(roofline.json.jsonText)
    } else {
        try output.write(roofline.text)
    }
    return .success
}

let kernelsCommand = Command(
    "kernels", summary: "Checks every kernel against the reference, and times it at the shapes of real steps.",
    options: [
        Option(
            "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)),
            summary: "The critic whose step to take apart.", defaultNote: "sa-hyper and mlp-standard"),
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task that gives the sizes; see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
        Option("--seeds", "n", .integer(1...1024), summary: "Agents that learn side by side.", defaultText: "1"),
        Option("--only", "text", .text, summary: "Only kernels and cases whose name contains this."),
        Option(
            "--seconds", "s", .number(0.001...60), summary: "How long to time each kernel, in seconds.",
            defaultText: "0.05"),
        Option(flag: "--no-cases", summary: "Leave out the op cases, whose shapes are those of tests."),
    ] + BenchmarkBackend.options + [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [
        Example("hyperbench kernels --critic sa-hyper --no-cases", summary: "Takes the paper's agent apart.")
    ],
    body: measureKernels)

@Sendable private func measureKernels(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let choice = try BenchmarkBackend(arguments)
    let critics =
        arguments.optionalText("--critic").flatMap { CriticKind(rawValue: $0) }.map { [$0] }
        ?? [.saHyper, .mlpStandard]
    let roofline = try choice.roofline(seconds: 2)
    let benchmark = KernelBenchmark(
        backend: choice.backend, roofline: roofline, only: arguments.optionalText("--only"),
        secondsPerKernel: arguments.number("--seconds"))
    var rows: [KernelRow] = []
    for critic in critics {
        rows += try benchmark.stepRows(
            BenchmarkAgent(
                variants: ["critic": critic.rawValue], environment: arguments.text("--env"),
                seeds: arguments.integer("--seeds"),
                replayRows: 100_000))
    }
    rows.sort { $0.share > $1.share }
    rows += try benchmark.momentRows()
    if !arguments.flag("--no-cases") { rows += try benchmark.caseRows() }
    guard !rows.isEmpty else {
        throw CommandError(
            "Option '--only': no kernel and no case contains '\(arguments.optionalText("--only") ?? "")'; "
                + "'hyperbench kernels' names all.", exitCode: .usage)
    }
    let report = KernelReport(roofline: roofline, rows: rows)
    if arguments.flag("--json") {
        try output.writeLine(report.json.jsonText)
    } else {
        try output.write(report.text)
    }
    for problem in report.wrong.flatMap(\.problems) { StandardError.writeLine("Wrong: \(problem)") }
    return report.wrong.isEmpty ? .success : .failure
}

let table3Command = Command(
    "table3", summary: "Measures the paper's Table 3 here: seconds of training, environment and acting included.",
    options: [
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task to train on; see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
        Option(
            "--steps", "n", .integer(2...1_000_000),
            summary: "Training steps to measure; other numbers than the paper's are scaled to it.",
            defaultText: "\(Table3.paperSteps)"),
    ] + BenchmarkBackend.options + [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [Example("hyperbench table3 --steps 200", summary: "Measures a part and scales.")]
) { arguments, output in
    let choice = try BenchmarkBackend(arguments)
    let table = try Table3(
        environment: arguments.text("--env"), steps: arguments.integer("--steps"), backend: choice.backend,
        pool: choice.pool)
    if arguments.flag("--json") {
        try output.writeLine(table.json.jsonText)
    } else {
        try output.write(table.text)
    }
    return .success
}
