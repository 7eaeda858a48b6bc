import HyperCommandLine
import HyperReports

let plotCommand = Command(
    "plot", summary: "Draws learning curves of runs, into a file or on the terminal.",
    arguments: [
        Argument(
            "runs", .text, summary: "Folders of runs, or of single seeds; runs of one experiment become one line.",
            isRepeatable: true)
    ],
    options: [
        Option("-o", "file", .text, summary: "Picture to write, .svg or .png.", defaultNote: "the terminal"),
        Option(
            "--statistic", "name", .choice(CurveStatistic.allCases.map(\.rawValue)),
            summary:
                "Line and band: mean and standard deviation, or interquartile mean with its 95 % bootstrap interval.",
            defaultText: CurveStatistic.mean.rawValue),
        Option(
            "--smooth", "n", .integer(1...10_000), summary: "Evaluations to average over along each curve.",
            defaultText: "1"),
        Option(flag: "--facet", summary: "Draw a panel for each environment."),
        Option("--title", "text", .text, summary: "The figure's title.", defaultNote: "algorithm and task"),
        Option(
            "--data", "file", .text, summary: "CSV file to write with the numbers of the figure.",
            defaultNote: "none"),
    ],
    examples: [
        Example("hyperrl plot runs/sa-hyper runs/mlp-standard -o curves.svg", summary: "Compares two critics."),
        Example("hyperrl plot runs/* --facet --statistic iqm -o all.png", summary: "Draws a panel for each task."),
    ],
    body: plot)

@Sendable private func plot(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let path = arguments.optionalText("-o")
    if let path { try FigureOutput.check(path) }
    var curves = LearningCurves()
    curves.statistic = CurveStatistic(rawValue: arguments.text("--statistic")) ?? .mean
    curves.window = arguments.integer("--smooth")
    curves.isFaceted = arguments.flag("--facet")
    curves.title = arguments.optionalText("--title")
    let figure = try curves.figure(arguments.texts("runs").map { try RunRecord($0) })
    if let data = arguments.optionalText("--data") { try figure.writeData(to: data) }
    if let path {
        try FigureOutput.write(figure, to: path)
        try output.writeLine(path)
    } else {
        try output.write(FigureOutput.text(figure))
    }
    return .success
}
