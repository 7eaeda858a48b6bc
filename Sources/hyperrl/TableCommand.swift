import HyperCommandLine
import HyperExperiments
import HyperReports

let tableCommand = Command(
    "table", summary: "Prints a table of the paper from runs, beside the paper's numbers.",
    arguments: [
        Argument(
            "table", .choice(["2", "4", "6"]),
            summary: "The paper's number: 2 weight distances, 4 highest rewards of TD3, 6 of SAC."),
        Argument("runs", .text, summary: "Folders of runs, or of single seeds.", isRepeatable: true),
    ],
    options: [
        Option(
            "--format", "name", .choice(TableFormat.allCases.map(\.rawValue)), summary: "How to write it.",
            defaultText: TableFormat.markdown.rawValue),
        Option(flag: "--partial", summary: "Leave gaps for missing runs and take unfinished ones as they are."),
    ] + BackendChoice.options,
    examples: [
        Example("hyperrl table 4 runs/td3-* --partial", summary: "Prints what there is of Table 4."),
        Example("hyperrl table 6 runs/sac-* --format csv", summary: "Prints Table 6 for a spreadsheet."),
    ],
    body: table)

@Sendable private func table(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let format = TableFormat(rawValue: arguments.text("--format")) ?? .markdown
    let isPartial = arguments.flag("--partial")
    let paths = arguments.texts("runs")
    let table: ReportTable
    if arguments.text("table") == "2" {
        let runs = try paths.map { try StoredRun($0) }
        let choice = try BackendChoice(arguments)
        let bar = ProgressBar(label: "Comparing weights", total: 100, unit: "%")
        let study = try WeightStudy(
            runs, backend: choice.backend, pool: choice.pool, progress: { bar.update(done: Int($0 * 100)) })
        table = try WeightDistances(study).table(isPartial: isPartial)
    } else {
        let algorithm = arguments.text("table") == "4" ? "td3" : "sac"
        table = try HighestRewards(paths.map { try RunRecord($0) }, algorithm: algorithm).table(isPartial: isPartial)
    }
    try output.write(table.text(format))
    // Rows of numbers have no place for what a reader must know.
    if format == .csv { for note in table.notes { StandardError.writeLine(note) } }
    return .success
}
