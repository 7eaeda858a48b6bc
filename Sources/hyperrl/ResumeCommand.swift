import HyperCommandLine
import HyperExperiments

let resumeCommand = Command(
    "resume", summary: "Goes on with a run from its newest checkpoint, as if it had never stopped.",
    arguments: [Argument("run", .text, summary: "A run's folder, or that of one of its seeds.")],
    options: [
        Option(
            "--steps", "n", ConfigurationOptions.stepsKind, summary: "Environment steps of the whole run.",
            defaultNote: "as the run was begun"),
        Option(
            "--checkpoint", "step", ConfigurationOptions.stepsKind,
            summary: "The checkpoint to go back to; later ones are removed.", defaultNote: "the newest"),
    ] + CheckpointOptions.options(defaults: nil) + BackendChoice.options + [
        Option(
            flag: "--allow-retuned",
            summary:
                "Go on although the OpenCL device has been tuned since: with other bits than the run would have had."),
        Option(
            flag: "--tensorboard",
            summary: "Write event files for TensorBoard from here on, also if the run had none so far."),
        Option(flag: "--quiet", summary: "Show no progress."),
    ],
    examples: [
        Example("hyperrl resume runs/sa-hyper", summary: "Goes on with all seeds of a run."),
        Example("hyperrl resume runs/sa-hyper --steps 2000000", summary: "Trains a run longer than planned."),
    ],
    body: resume)

@Sendable private func resume(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let stored = try StoredRun(arguments.text("run"))
    let policy = try CheckpointOptions.policy(arguments, otherwise: stored.description.checkpoints)
    var plan = try ResumePlan(
        stored, steps: arguments.optionalInteger("--steps"), checkpoint: arguments.optionalInteger("--checkpoint"))
    plan.description.checkpoints = policy
    plan.allowsRetuning = arguments.flag("--allow-retuned")
    if arguments.flag("--tensorboard") { plan.description.writesEvents = true }
    for frozen in plan.frozenSeeds {
        StandardError.writeLine("Warning: seed \(frozen.seed) stays frozen: \(frozen.reason)")
    }
    let ending: ExitCode = plan.frozenSeeds.isEmpty ? .success : .failure
    guard !plan.seeds.isEmpty else {
        let state = plan.frozenSeeds.isEmpty ? "complete" : "at its end"
        StandardError.writeLine("The run is \(state) at \(plan.step) steps; --steps trains it longer.")
        try output.writeLine(stored.namedPath)
        return ending
    }
    let choice = try BackendChoice(arguments)
    // Before anything is told of going on.
    _ = try plan.retuning(on: choice.backend.device)
    let (before, now) = (stored.description.device, choice.backend.device.name)
    if withoutThreads(before) != withoutThreads(now) {
        StandardError.writeLine(
            "Warning: the run was computed on \(before), this is \(now); the numbers will not be the same bit for bit.")
    }
    var configuration = plan.description.configuration
    configuration.seeds = plan.seeds
    let monitor = TrainingMonitor(configuration, done: plan.step, isQuiet: arguments.flag("--quiet"))
    for note in plan.notes { monitor.tell(note) }
    monitor.tell("Going on with \(stored.namedPath) from step \(plan.step) on \(now).")
    Interruption.watch()
    let run = try TrainingRun(
        resuming: plan, backend: choice.backend, pool: choice.pool, build: buildIdentity, monitor: monitor)
    let exitCode = try finish(run, named: stored.namedPath, monitor: monitor, arguments, output)
    return exitCode == .success ? ending : exitCode
}

/// A device's name without its number of threads, on which results do not depend.
private func withoutThreads(_ device: String) -> String {
    device.split(separator: ",").filter { !$0.hasSuffix(" thread") && !$0.hasSuffix(" threads") }.joined(separator: ",")
}
