import HyperCommandLine
import HyperExperiments
import HyperFormats
import HyperProbes

let probeCommand = Command(
    "probe", summary: "Measures the learner of a run; docs/probes.md has the equations.",
    subcommands: [
        Command(
            "gradient-accuracy",
            summary: "Compares the critic's action gradient with one fitted to sampled returns.",
            arguments: [runArgument], options: [checkpointOption, drawsOption] + resultOptions + BackendChoice.options,
            examples: [
                Example("hyperrl probe gradient-accuracy runs/sa-hyper", summary: "Measures the newest checkpoint."),
                Example(
                    "hyperrl probe gradient-accuracy runs/sa-hyper --set trajectories=60 --json",
                    summary: "Samples more returns, and prints every gradient."),
            ],
            body: probeGradientAccuracy),
        Command(
            "dynamic-weights",
            summary: "Compares the weights that a hypernetwork generates with those of mlp-small.",
            arguments: [runArgument],
            options: [checkpointOption, drawsOption] + resultOptions + [
                Option(
                    "--reference", "run", .text, summary: "A run whose critics to compare with, seed by seed.",
                    defaultNote: "what mlp-small begins with"),
                Option(
                    "--reference-checkpoint", "which", .text,
                    summary: "The reference's weights: start, latest, best, or a step.", defaultText: "latest"),
            ] + BackendChoice.options,
            examples: [
                Example(
                    "hyperrl probe dynamic-weights runs/sa-hyper --checkpoint start",
                    summary: "Measures the untrained critics."),
                Example(
                    "hyperrl probe dynamic-weights runs/sa-hyper --reference runs/mlp-small",
                    summary: "Compares two trained critics."),
            ],
            body: probeDynamicWeights),
        Command(
            "update-noise",
            summary: "Measures how much of an update is noise, by updates from the same state.",
            arguments: [runArgument], options: [checkpointOption] + resultOptions + BackendChoice.options,
            examples: [
                Example(
                    "hyperrl probe update-noise runs/maml --set repeats=20",
                    summary:
                        "Tries 20 updates from the newest checkpoint, where an algorithm has updates to be taken back.")
            ],
            body: probeUpdateNoise),
    ])

private let runArgument = Argument("run", .text, summary: "A run's folder, or that of one of its seeds.")

private let checkpointOption = Option(
    "--checkpoint", "which", .text, summary: "The weights: start, latest, best, or a step.", defaultText: "latest")

private let drawsOption = Option(
    "--seed", "n", .integer(0...Int(UInt32.max)), summary: "Seed of the draws.", defaultNote: "that of the weights")

private let resultOptions = [
    Option(
        "--set", "key=value", .setting,
        summary: "A setting to change; may be given more than once; see 'hyperrl list probes'.",
        isRepeatable: true),
    Option("--output", "folder", .text, summary: "Folder for the tables as CSV.", defaultNote: "none are written"),
    Option(flag: "--json", summary: "Print one line of JSON, with every number."),
]

@Sendable private func probeGradientAccuracy(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    var settings = GradientAccuracySettings()
    for (key, value) in arguments.settings("--set") { try settings.set(key, to: value) }
    let weights = try probedWeights(arguments, "--checkpoint")
    let run = try StoredRun(arguments.text("run"))
    let choice = try BackendChoice(arguments)
    let probe = try withProgress { progress in
        try RunProbe.gradientAccuracy(
            of: run, weights, settings: settings,
            randomSeed: arguments.optionalInteger("--seed").map { UInt32($0) }, backend: choice.backend,
            pool: choice.pool, progress: progress)
    }
    if try !finish(probe, of: run, arguments, output) { return .success }
    var table = TextTable(
        "SEED", "STEP", "STATES", "COSINE", "Q1", "Q3", ">0.25", ">0.75", "SELF-TEST", "ALPHA", "STEP BOUND")
    for result in probe.results {
        let accuracy = result.reading
        let spread = accuracy.similaritySpread
        table.add(
            "\(result.seed)", "\(accuracy.step)", "\(accuracy.states.count)", threeDecimals(spread?.mean),
            threeDecimals(spread?.lowerQuartile), threeDecimals(spread?.upperQuartile),
            threeDecimals(accuracy.share(above: 0.25)), threeDecimals(accuracy.share(above: 0.75)),
            threeDecimals(accuracy.selfSimilaritySpread?.mean), threeDecimals(accuracy.relativeError),
            threeDecimals(accuracy.stepBound))
        if let problem = accuracy.states.compactMap(\.problem).first {
            let count = accuracy.states.count { $0.problem != nil }
            StandardError.writeLine(
                "Warning: seed \(result.seed): \(count) of \(accuracy.states.count) states have no gradient: \(problem)"
            )
        }
    }
    try output.write(table.text)
    return .success
}

@Sendable private func probeDynamicWeights(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    var settings = DynamicWeightsSettings()
    for (key, value) in arguments.settings("--set") { try settings.set(key, to: value) }
    let weights = try probedWeights(arguments, "--checkpoint")
    let referenceWeights = try probedWeights(arguments, "--reference-checkpoint")
    let run = try StoredRun(arguments.text("run"))
    let reference = try arguments.optionalText("--reference").map { (try StoredRun($0), referenceWeights) }
    let choice = try BackendChoice(arguments)
    let probe = try withProgress { progress in
        try RunProbe.dynamicWeights(
            of: run, weights, reference: reference, settings: settings,
            randomSeed: arguments.optionalInteger("--seed").map { UInt32($0) }, backend: choice.backend,
            pool: choice.pool, progress: progress)
    }
    if try !finish(probe, of: run, arguments, output) { return .success }
    var table = TextTable(
        "SEED", "STEP", "LAYER", "WEIGHTS", "MEAN", "STD", "REFERENCE MEAN", "REFERENCE STD", "DISTANCE %")
    for result in probe.results {
        for (index, layer) in result.reading.layers.enumerated() {
            table.add(
                "\(result.seed)", "\(result.reading.step)", "\(index + 1)", "\(layer.weights.count)",
                threeDecimals(layer.weights.mean), threeDecimals(layer.weights.standardDeviation),
                threeDecimals(layer.reference.mean), threeDecimals(layer.reference.standardDeviation),
                rounded(layer.histogram.totalVariation))
        }
    }
    try output.write(table.text)
    return .success
}

@Sendable private func probeUpdateNoise(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    var settings = UpdateNoiseSettings()
    for (key, value) in arguments.settings("--set") { try settings.set(key, to: value) }
    let weights = try probedWeights(arguments, "--checkpoint")
    let run = try StoredRun(arguments.text("run"))
    let choice = try BackendChoice(arguments)
    let probe = try withProgress { progress in
        try RunProbe.updateNoise(
            of: run, weights, settings: settings, backend: choice.backend, pool: choice.pool, progress: progress)
    }
    if try !finish(probe, of: run, arguments, output) { return .success }
    var table = TextTable("SEED", "STEP", "REPEATS", "BASELINE", "MEAN", "STD", "STD / |MEAN|")
    for result in probe.results {
        let noise = result.reading
        table.add(
            "\(result.seed)", "\(noise.step)", "\(noise.performances.count)", threeDecimals(noise.baseline),
            threeDecimals(noise.mean), threeDecimals(noise.standardDeviation),
            threeDecimals(noise.variationCoefficient))
    }
    try output.write(table.text)
    return .success
}

private func probedWeights(_ arguments: ParsedArguments, _ option: String) throws -> ProbedWeights {
    let text = arguments.text(option)
    guard let weights = ProbedWeights(text) else {
        throw CommandError(
            "Option '\(option)': '\(text)' is neither 'start' nor 'latest' nor 'best' nor a step.", exitCode: .usage)
    }
    return weights
}

/// Shows a bar on a terminal while the work is done.
private func withProgress<Result>(_ body: ((Double) -> Void) throws -> Result) rethrows -> Result {
    let bar = ProgressBar(label: "probe", total: 1000, unit: "parts")
    let isShown = Terminal.standardError().isLive
    defer { if isShown { bar.finish() } }
    return try body { if isShown { bar.update(done: Int($0 * 1000)) } }
}

/// Writes the tables that were asked for, and JSON; whether a table for people is still to be written.
private func finish(
    _ probe: RunProbe<some ProbeReading>, of run: StoredRun, _ arguments: ParsedArguments, _ output: OutputWriter
) throws -> Bool {
    if let folder = arguments.optionalText("--output") { try probe.writeTables(to: folder, of: run) }
    guard arguments.flag("--json") else { return true }
    try output.writeLine(probe.json.jsonText)
    return false
}

private func threeDecimals(_ value: Double?) -> String {
    value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "-"
}
