import HyperBenchmarks
import HyperCommandLine
import HyperEnvironments
import HyperFormats
import HyperModels
import HyperOpenCL

let tuneCommand = Command(
    "tune",
    summary:
        "Searches the sizes of OpenCL kernels that are fastest on a device, and writes the table that training reads.",
    options: [
        Option(
            "--device", "i", .integer(0...1024), summary: "OpenCL device to tune; see 'hyperrl list devices'.",
            defaultNote: "the one that auto takes"),
        Option(
            "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)),
            summary: "The critic whose step to tune for.", defaultNote: "sa-hyper and mlp-standard"),
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task that gives the sizes; see 'hyperrl list environments'.", defaultText: "HalfCheetah-v2"),
        Option("--seeds", "n", .integer(1...1024), summary: "Agents that learn side by side.", defaultText: "1"),
        Option(
            "--seconds", "s", .number(0.0001...60),
            summary: "How long to time each call with each candidate, in seconds.",
            defaultText: "0.02"),
        Option(
            "--minutes", "n", .number(0.01...1440),
            summary: "Begin no more candidates after so many minutes, and choose among those that were measured.",
            defaultNote: "try all"),
        Option(
            "--output", "file", .text, summary: "The table to write the device's entry into.",
            defaultNote: "where training looks: ~/.cache/hyperrl/tuning.json"),
        Option(flag: "--dry-run", summary: "Measure and tell, but write nothing."),
        Option(flag: "--json", summary: "Print the table's new entry as one line of JSON."),
    ],
    examples: [
        Example("hyperbench tune", summary: "Tunes for the paper's agent and the usual one."),
        Example(
            "hyperbench tune --device 0 --critic mlp-standard --env Hopper-v2 --dry-run",
            summary: "Tries it on a small step."),
    ],
    body: tune)

@Sendable private func tune(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    guard let path = arguments.optionalText("--output") ?? TuningTable.standardPath else {
        throw CommandError(
            "No place for the table: HOME and XDG_CACHE_HOME are not set; name a file with --output.", exitCode: .usage)
    }
    // A damaged table, a folder that cannot be written or a missing device shows before minutes of measuring.
    if !arguments.flag("--dry-run") {
        if path.contains("/") { try Folder.make(Folder.parent(of: path)) }
        try OutputPath.check(path)
    }
    var table = Folder.exists(path) ? try TuningTable(contentsOf: path) : TuningTable()
    let device = try OpenCLDevice.chosen(arguments.optionalInteger("--device"))
    let critics = arguments.optionalText("--critic").map { [$0] } ?? [CriticKind.saHyper, .mlpStandard].map(\.rawValue)
    let agents = try critics.map {
        try BenchmarkAgent(
            variants: ["critic": $0], environment: arguments.text("--env"), seeds: arguments.integer("--seeds"),
            replayRows: 10_000)
    }
    var tuner = DeviceTuner(
        device: device, agents: agents, secondsPerCall: arguments.number("--seconds"),
        limit: arguments.optionalNumber("--minutes").map { 60 * $0 }
    ) {
        title, count in
        let bar = ProgressBar(label: title, total: count, unit: "candidates")
        return { done in
            bar.update(done: done)
            if done == count { bar.finish() }
        }
    }
    do {
        try tuner.search()
    } catch {
        // Whatever stopped the search, minutes of measuring are worth telling.
        try output.write(tuner.report.text(agents))
        throw error
    }
    for problem in tuner.report.wrong { StandardError.writeLine("Not usable: \(problem)") }
    guard let chosen = tuner.report.chosen else {
        try output.write(tuner.report.text(agents))
        throw BenchmarkError(
            "no sizes gave right results on \(device.name), not even the defaults; nothing was written")
    }
    let entry = TuningTable.Entry(
        device: device.name, driver: device.driver, tuning: chosen.tuning,
        measured: tuner.report.measurement(of: agents))
    if arguments.flag("--json") {
        try output.writeLine(entry.json.jsonText)
    } else {
        try output.write(tuner.report.text(agents))
    }
    guard !arguments.flag("--dry-run") else { return .success }
    table.replace(entry)
    try table.write(to: path)
    StandardError.writeLine("The sizes for \(device.name) are in \(path); training reads them from its next start on.")
    return .success
}
