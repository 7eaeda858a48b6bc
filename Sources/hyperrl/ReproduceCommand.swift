import HyperCommandLine
import HyperExperiments
import HyperFormats
import HyperReports

let reproduceCommand = Command(
    "reproduce", summary: "Makes figures and tables of the paper: trains what is missing, and draws.",
    arguments: [
        Argument(
            "artefact", .choice(Artefact.all.map(\.name)), summary: "Figures and tables, by their numbers.",
            isRepeatable: true)
    ],
    options: [
        Option(
            "--fraction", "x", .number(1e-6...1), summary: "Share of the paper's steps to train, for a small machine.",
            defaultText: "1.0"),
        Option(
            "--env", "id", .choice(PaperPresets.environments.map(\.value)),
            summary: "A task to limit everything to; may be given more than once.",
            defaultNote: "the paper's four", isRepeatable: true),
        Option(
            "--seeds", "list", .integerList(0...Int(UInt32.max), countLimit: 1024),
            summary: "Seeds of every experiment, as 0,1,2 or 0-4.", defaultText: "0-4"),
        Option(
            "--output", "folder", .text, summary: "Folder for runs, figures and data.",
            defaultNote: "runs/paper, or runs/paper-<fraction>"),
        Option(flag: "--dry-run", summary: "Print what would be trained and about how long it will take, and end."),
    ] + BackendChoice.options + [Option(flag: "--quiet", summary: "Show no progress.")],
    examples: [
        Example("hyperrl reproduce fig4 --dry-run", summary: "Shows what Figure 4 takes on this machine."),
        Example("hyperrl reproduce table4 --fraction 0.01 --seeds 0-1", summary: "Makes a short Table 4."),
    ],
    body: reproduce)

@Sendable private func reproduce(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    var seen: Set<String> = []
    let names = arguments.texts("artefact").filter { seen.insert($0).inserted }
    let fraction = arguments.number("--fraction")
    let folder = arguments.optionalText("--output") ?? (fraction < 1 ? "runs/paper-\(fraction)" : "runs/paper")
    let plan = try ReproductionPlan(
        names.compactMap(Artefact.named).map { $0.limited(to: arguments.texts("--env")) }, fraction: fraction,
        seeds: arguments.integers("--seeds").map { UInt32($0) }, folder: folder)
    let choice = try BackendChoice(arguments)
    if arguments.flag("--dry-run") {
        try tell(plan, choice, output)
        return .success
    }
    try Folder.make(folder)
    Interruption.watch()
    var exitCode = plan.runs.contains(where: \.hasFrozenSeeds) ? ExitCode.failure : .success
    let open = plan.runs.filter { $0.state != .complete }
    for (index, run) in open.enumerated() {
        if !arguments.flag("--quiet") {
            StandardError.writeLine("Run \(index + 1) of \(open.count): \(run.path), \(run.state.text).")
        }
        switch try train(run, plan, choice, isQuiet: arguments.flag("--quiet"), again: commandLine(arguments)) {
        case .success: break
        case .failure: exitCode = .failure
        case let ending: return ending
        }
    }
    let renderer = ArtefactRenderer(plan, backend: choice.backend, pool: choice.pool)
    for artefact in plan.artefacts { try draw(artefact, renderer, in: folder, output) }
    return exitCode
}

/// Trains one run to its end, from its checkpoint if it has one.
///
/// - Parameter again: The command that goes on after an interruption.
/// - Returns: `failure` if seeds stopped early; a signal's status if one came.
private func train(
    _ run: ReproductionPlan.Run, _ plan: ReproductionPlan, _ choice: BackendChoice, isQuiet: Bool, again: String
) throws -> ExitCode {
    let training: TrainingRun
    let monitor: TrainingMonitor
    if run.state == .missing {
        let folder = try RunFolder(creating: run.path, overwrites: false)
        monitor = TrainingMonitor(run.configuration, isQuiet: isQuiet)
        training = try TrainingRun(
            run.configuration, folder: folder, probes: run.job.probePlan(fraction: plan.fraction),
            backend: choice.backend, pool: choice.pool, build: buildIdentity, monitor: monitor)
    } else {
        let resumption = try ResumePlan(StoredRun(run.path))
        // Nothing is left to do where the other seeds are frozen.
        guard !resumption.seeds.isEmpty else { return .failure }
        var configuration = resumption.description.configuration
        configuration.seeds = resumption.seeds
        monitor = TrainingMonitor(configuration, done: resumption.step, isQuiet: isQuiet)
        training = try TrainingRun(
            resuming: resumption, backend: choice.backend, pool: choice.pool, build: buildIdentity, monitor: monitor)
    }
    let outcome = try training.run()
    monitor.finish(outcome, resumeCommand: again)
    if !outcome.isComplete, let exitCode = Interruption.exitCode { return exitCode }
    return outcome.isComplete && outcome.stoppedSeeds.isEmpty ? .success : .failure
}

/// Writes an artefact's files and names them on stdout; a table is printed as well.
private func draw(
    _ artefact: Artefact, _ renderer: ArtefactRenderer, in folder: String, _ output: OutputWriter
) throws {
    let path = "\(folder)/\(artefact.fileName)"
    let bar = ProgressBar(label: "\(artefact.title), probes", total: 100, unit: "%")
    switch try renderer.render(artefact, progress: { bar.update(done: Int($0 * 100)) }) {
    case .figure(let figure):
        try figure.writeData(to: "\(path).csv")
        let pictures = ["\(path).svg"] + (FigureOutput.canWritePNG ? ["\(path).png"] : [])
        for picture in pictures { try FigureOutput.write(figure, to: picture) }
        for name in pictures + ["\(path).csv"] { try output.writeLine(name) }
    case .table(let table):
        try AtomicFile.write(table.text(.markdown), to: "\(path).md")
        try AtomicFile.write(table.text(.csv), to: "\(path).csv")
        try output.write(table.text(.markdown))
        for name in ["\(path).md", "\(path).csv"] { try output.writeLine(name) }
    }
}

/// Prints the plan with times measured here.
private func tell(_ plan: ReproductionPlan, _ choice: BackendChoice, _ output: OutputWriter) throws {
    var table = TextTable("RUN", "STEPS", "STATE", "TIME LEFT")
    var total = 0.0
    var estimates: [RunConfiguration: RunEstimate] = [:]
    let bar = ProgressBar(label: "Measuring steps", total: plan.runs.count, unit: "runs")
    for (index, run) in plan.runs.enumerated() {
        var seconds = 0.0
        if run.state != .complete {
            // Length and the interval of evaluations do not change a step's time.
            var alike = run.configuration
            (alike.steps, alike.evaluationInterval) = (1_000_000, 5000)
            let estimate =
                try estimates[alike] ?? RunEstimate(alike, backend: choice.backend, pool: choice.pool, budget: 0.4)
            estimates[alike] = estimate
            let done = if case .interrupted(let step) = run.state { step } else { 0 }
            seconds = estimate.seconds(of: run.configuration, after: done)
        }
        total += seconds
        table.add(run.path, grouped(run.configuration.steps), run.state.text, durationText(seconds: seconds))
        bar.update(done: index + 1)
    }
    try output.write(table.text)
    let probes = plan.runs.contains { $0.job.probe != nil && $0.state != .complete } ? ", without probes" : ""
    try output.writeLine("In all about \(durationText(seconds: total)) on \(choice.backend.device.name)\(probes).")
}

/// The command line again, for what an interruption says.
private func commandLine(_ arguments: ParsedArguments) -> String {
    var words = ["hyperrl", "reproduce"] + arguments.texts("artefact")
    words += arguments.texts("--env").flatMap { ["--env", $0] }
    if arguments.wasGiven("--fraction") { words += ["--fraction", "\(arguments.number("--fraction"))"] }
    if arguments.wasGiven("--seeds") {
        words += ["--seeds", arguments.integers("--seeds").map { "\($0)" }.joined(separator: ",")]
    }
    if let folder = arguments.optionalText("--output") { words += ["--output", shellWord(folder)] }
    if arguments.wasGiven("--backend") { words += ["--backend", arguments.text("--backend")] }
    for name in ["--device", "--threads"] {
        if let number = arguments.optionalInteger(name) { words += [name, "\(number)"] }
    }
    return words.joined(separator: " ")
}
