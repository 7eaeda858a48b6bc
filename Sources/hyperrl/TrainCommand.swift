import HyperAgents
import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperModels

let trainCommand = Command(
    "train", summary: "Trains agents, several seeds side by side, and writes a run folder.",
    arguments: [Argument("algorithm", .choice(OffPolicyAlgorithm.all.map(\.name)), summary: "The learning algorithm.")],
    options: [
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task to learn; see 'hyperrl list environments'.",
            defaultText: defaults.environment),
        Option(
            "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)), summary: "The critic's network.",
            defaultText: defaults.agent.critic.rawValue),
        Option(
            "--seeds", "list", .integerList(0...Int(UInt32.max), countLimit: 1024),
            summary: "Seeds to train side by side, as 0,1,2 or 0-4.", defaultText: "0"),
        Option(
            "--steps", "n", .integer(1...1_000_000_000), summary: "Environment steps to take.",
            defaultText: "\(defaults.steps)"),
        Option(
            "--eval-every", "n", .integer(1...1_000_000_000), summary: "Environment steps between evaluations.",
            defaultText: "\(defaults.evaluationInterval)"),
        Option(
            "--eval-episodes", "n", .integer(1...1000), summary: "Episodes of each evaluation.",
            defaultText: "\(defaults.evaluationEpisodes)"),
        Option(
            "--log-every", "n", .integer(1...1_000_000_000), summary: "Environment steps between rows of progress.csv.",
            defaultText: "\(defaults.logInterval)"),
        Option(
            "--set", "key=value", .setting,
            summary: "A setting to change; may be given more than once; see 'hyperrl list settings'.",
            isRepeatable: true),
    ] + CheckpointOptions.options(defaults: CheckpointPolicy()) + ProbeOptions.options + BackendChoice.options + [
        Option("--output", "folder", .text, summary: "Run folder to create.", defaultNote: "runs/<critic>"),
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
    ],
    body: train)

private let defaults = RunConfiguration()

@Sendable private func train(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let checkpoints = try CheckpointOptions.policy(arguments, otherwise: CheckpointPolicy())
    let probes = try ProbeOptions.plan(arguments)
    let choice = try BackendChoice(arguments)
    var configuration = try runConfiguration(arguments)
    let estimate = try RunEstimate(configuration, backend: choice.backend, pool: choice.pool)
    if arguments.flag("--quick") { configuration = QuickRun.shortened(configuration, estimate, arguments) }
    let duration = durationText(seconds: estimate.seconds(of: configuration))
    if arguments.flag("--dry-run") {
        try output.write(configuration.json(device: choice.backend.device.name, build: buildIdentity).indentedJSONText)
        StandardError.writeLine("The run will take about \(duration).")
        return .success
    }
    let folder = try RunFolder(
        creating: arguments.optionalText("--output") ?? defaultFolder(configuration, arguments),
        overwrites: arguments.flag("--overwrite"))
    let monitor = TrainingMonitor(configuration, isQuiet: arguments.flag("--quiet"))
    monitor.tell("Training \(configuration.algorithm) on \(choice.backend.device.name), into \(folder.path).")
    monitor.tell("\(configuration.steps) steps will take about \(duration) on this machine.")
    Interruption.watch()
    let run = try TrainingRun(
        configuration, folder: folder, checkpoints: checkpoints, probes: probes, backend: choice.backend,
        pool: choice.pool,
        build: buildIdentity, monitor: monitor)
    let exitCode = try finish(run, named: folder.path, monitor: monitor, arguments, output)
    if arguments.flag("--quick"), exitCode == .success {
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
    let outcome = try run.run()
    var given = arguments.wasGiven("--backend") ? " --backend \(arguments.text("--backend"))" : ""
    for name in ["--device", "--threads"] { given += arguments.optionalInteger(name).map { " \(name) \($0)" } ?? "" }
    monitor.finish(outcome, resumeCommand: "hyperrl resume \(shellWord(path))\(given)")
    try output.writeLine(path)
    if !outcome.isComplete, let exitCode = Interruption.exitCode { return exitCode }
    return outcome.isComplete && outcome.stoppedSeeds.isEmpty ? .success : .failure
}

/// A text as one word of a shell's command line.
private func shellWord(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil || "-_./+=:@%,".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty && text.first != "-"
        ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

private func defaultFolder(_ configuration: RunConfiguration, _ arguments: ParsedArguments) -> String {
    arguments.flag("--quick") ? "runs/quick" : "runs/\(configuration.agent.critic.rawValue)"
}

private func runConfiguration(_ arguments: ParsedArguments) throws -> RunConfiguration {
    let name =
        arguments.flag("--quick") && !arguments.wasGiven("--critic")
        ? CriticKind.mlpStandard.rawValue : arguments.text("--critic")
    guard let critic = CriticKind(rawValue: name) else {
        preconditionFailure("the option takes the names of CriticKind alone")
    }
    guard let algorithm = OffPolicyAlgorithm.named(arguments.text("algorithm")) else {
        preconditionFailure("the argument takes the names of OffPolicyAlgorithm alone")
    }
    var configuration = RunConfiguration(
        algorithm: algorithm, environment: arguments.text("--env"), critic: critic,
        seeds: arguments.integers("--seeds").map { UInt32($0) },
        steps: arguments.integer("--steps"), evaluationInterval: arguments.integer("--eval-every"),
        evaluationEpisodes: arguments.integer("--eval-episodes"), logInterval: arguments.integer("--log-every"))
    try configuration.agent.set(arguments.settings("--set"))
    return configuration
}
