import HyperCommandLine
import HyperExperiments
import HyperFormats

let trainCommand = Command(
    "train", summary: "Trains agents, several seeds side by side, and writes a run folder.",
    arguments: [ConfigurationOptions.algorithm],
    options: ConfigurationOptions.options + CheckpointOptions.options(defaults: CheckpointPolicy())
        + ProbeOptions.options + BackendChoice.options + [
            Option(
                "--output", "folder", .text, summary: "Run folder to create.",
                defaultNote: "runs/<critic>, or runs/ and the preset's name"),
            Option(flag: "--tensorboard", summary: "Write event files for TensorBoard beside progress.csv."),
            Option(flag: "--overwrite", summary: "Remove an earlier run in the same folder."),
            Option(flag: "--dry-run", summary: "Print the configuration and about how long it will take, and end."),
            Option(
                flag: "--quick",
                summary: "A first look: as many steps as fit into two minutes here, with the mlp-standard critic."),
            Option(flag: "--quiet", summary: "Show no progress."),
        ],
    examples: [
        Example(
            "hyperrl train td3 --env Hopper-v2 --critic sa-hyper --seeds 0-4",
            summary: "Trains the paper's agent with five seeds."),
        Example(
            "hyperrl train td3 --critic mlp-standard --set batch-size=256 --output runs/big-batch",
            summary: "Trains the usual agent with a larger batch."),
        Example(
            "hyperrl train --preset paper/td3/halfcheetah/sa-hyper --seeds 0-4",
            summary: "Repeats an experiment of the paper."),
    ],
    body: train)

@Sendable private func train(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let checkpoints = try CheckpointOptions.policy(arguments, otherwise: CheckpointPolicy())
    let resolved = try ConfigurationOptions.resolve(
        arguments, weakest: arguments.flag("--quick") ? QuickRun.defaults : nil)
    var configuration = resolved.configuration
    let probes = try ProbeOptions.plan(arguments)
    let choice = try BackendChoice(arguments)
    // It takes a second, which nobody should wait for who does not want to hear the result.
    let isHeard = !arguments.flag("--quiet") || arguments.flag("--quick") || arguments.flag("--dry-run")
    let estimate = isHeard ? try RunEstimate(configuration, backend: choice.backend, pool: choice.pool) : nil
    if arguments.flag("--quick"), let estimate {
        configuration = QuickRun.shortened(resolved, estimate)
    }
    let duration = estimate.map { durationText(seconds: $0.seconds(of: configuration)) }
    let exclusion = probes == nil ? "" : ", without probes"
    if arguments.flag("--dry-run") {
        let device = choice.backend.device
        try output.write(
            configuration.json(device: device.name, tuning: device.tuning, build: buildIdentity).indentedJSONText)
        if let warning = idleWarning(configuration) { StandardError.writeLine("Warning: \(warning)") }
        if let duration { StandardError.writeLine("The run will take about \(duration)\(exclusion).") }
        return .success
    }
    let folder = try RunFolder(
        creating: arguments.optionalText("--output") ?? defaultFolder(configuration, arguments),
        overwrites: arguments.flag("--overwrite"))
    let monitor = TrainingMonitor(configuration, isQuiet: arguments.flag("--quiet"))
    if let warning = idleWarning(configuration) { monitor.runDidWarn(warning) }
    monitor.tell("Training \(configuration.algorithm) on \(choice.backend.device.name), into \(folder.path).")
    if let duration {
        monitor.tell("\(configuration.steps) steps will take about \(duration) on this machine\(exclusion).")
    }
    Interruption.watch()
    let run = try TrainingRun(
        configuration, folder: folder, checkpoints: checkpoints, writesEvents: arguments.flag("--tensorboard"),
        probes: probes, backend: choice.backend, pool: choice.pool, build: buildIdentity, monitor: monitor)
    let exitCode = try finish(run, named: folder.path, monitor: monitor, arguments, output)
    if arguments.flag("--quick"), !arguments.flag("--quiet"), exitCode == .success {
        try QuickRun.tellWhatIsNext(configuration, choice, folder, monitor)
    }
    return exitCode
}

/// Trains to the end and tells how it ended; for `train` and `resume`.
///
/// - Parameter path: The run as the user named it, for the command that goes on with it.
func finish(
    _ run: TrainingRun, named path: String, monitor: TrainingMonitor, _ arguments: ParsedArguments,
    _ output: OutputWriter
) throws -> ExitCode {
    var given = arguments.wasGiven("--backend") ? " --backend \(arguments.text("--backend"))" : ""
    for name in ["--device", "--threads"] { given += arguments.optionalInteger(name).map { " \(name) \($0)" } ?? "" }
    let resumeCommand = "hyperrl resume \(shellWord(path))\(given)"
    let outcome: TrainingRun.Outcome
    do { outcome = try run.run() } catch let error as FileWriteError {
        let saved = run.savedStep.map { "the checkpoint of step \($0) is good" } ?? "there is no checkpoint yet"
        throw CommandError("\(error); \(saved). Go on with: \(resumeCommand)", exitCode: .cannotCreate)
    }
    monitor.finish(outcome, resumeCommand: resumeCommand)
    try output.writeLine(path)
    if !outcome.isComplete, let exitCode = Interruption.exitCode { return exitCode }
    return outcome.isComplete && outcome.stoppedSeeds.isEmpty ? .success : .failure
}

/// A text as one word of a shell's command line.
func shellWord(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil || "-_./+=:@%,".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty && text.first != "-"
        ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

private func defaultFolder(_ configuration: RunConfiguration, _ arguments: ParsedArguments) -> String {
    if arguments.flag("--quick") { return "runs/quick" }
    let preset = arguments.optionalText("--preset")?.split(separator: "/").joined(separator: "-")
    return "runs/\(preset ?? configuration.agent.label)"
}

/// Says that a run makes no update, and which setting decides it; nil if it makes one.
private func idleWarning(_ configuration: RunConfiguration) -> String? {
    guard let start = configuration.agent.base.learningStart, !configuration.isLearning else { return nil }
    return "nothing will be learned: the run has \(configuration.steps) steps, and updates begin after "
        + "\(start.units); give more --steps, or a smaller --set \(start.setting)."
}
