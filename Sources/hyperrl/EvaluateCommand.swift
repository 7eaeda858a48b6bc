import HyperCommandLine
import HyperExperiments

let evaluateCommand = Command(
    "evaluate", summary: "Plays episodes with the weights of a checkpoint, without exploration.",
    arguments: [Argument("run", .text, summary: "A run's folder, or that of one of its seeds.")],
    options: [
        Option("--episodes", "n", .integer(1...1000), summary: "Episodes of each seed.", defaultText: "10"),
        Option(
            "--checkpoint", "which", .text, summary: "The checkpoint: latest, best, or a step.",
            defaultText: "latest"),
        Option(
            "--seed", "n", .integer(0...Int(UInt32.max)), summary: "Seed of the starting states.",
            defaultNote: "that of the weights"),
        Option(flag: "--json", summary: "Print one line of JSON, with every episode."),
    ] + BackendChoice.options,
    examples: [
        Example(
            "hyperrl evaluate runs/sa-hyper --checkpoint best --episodes 100", summary: "Evaluates the best weights.")
    ],
    body: evaluate)

@Sendable private func evaluate(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let text = arguments.text("--checkpoint")
    guard let checkpoint = CheckpointChoice(text) else {
        throw CommandError(
            "Option '--checkpoint': '\(text)' is neither 'latest' nor 'best' nor a step.", exitCode: .usage)
    }
    let run = try StoredRun(arguments.text("run"))
    let choice = try BackendChoice(arguments)
    let evaluation = try RunEvaluation(
        run, checkpoint: checkpoint, episodes: arguments.integer("--episodes"),
        startSeed: arguments.optionalInteger("--seed").map { UInt32($0) }, backend: choice.backend, pool: choice.pool)
    if arguments.flag("--json") {
        try output.writeLine(evaluation.json.jsonText)
        return .success
    }
    var table = TextTable("SEED", "STEP", "EPISODES", "RETURN", "STD", "LENGTH")
    for result in evaluation.results {
        let finished = result.evaluation.returns.count - result.evaluation.divergedEpisodes
        table.add(
            "\(result.seed)", "\(result.step)", "\(finished)", rounded(result.evaluation.mean),
            rounded(result.evaluation.standardDeviation), rounded(result.evaluation.meanLength))
    }
    try output.write(table.text)
    for result in evaluation.results where result.evaluation.divergedEpisodes > 0 {
        try output.writeLine(
            "Seed \(result.seed): the simulation diverged in \(result.evaluation.divergedEpisodes) of "
                + "\(result.evaluation.returns.count) episodes, which have no return.")
    }
    if evaluation.results.count > 1 {
        try output.writeLine(
            "Return over seeds: \(rounded(evaluation.mean)) ± \(rounded(evaluation.standardDeviation))")
    }
    return .success
}

/// A number with one decimal; `-` for none.
private func rounded(_ value: Double?) -> String { value.map { rounded($0) } ?? "-" }

/// A number with one decimal.
func rounded(_ value: Double) -> String { value.isFinite ? "\((value * 10).rounded() / 10)" : "\(value)" }
