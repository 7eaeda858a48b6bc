/// Learning curves of runs as a figure: evaluation return over environment steps.
public struct LearningCurves {
    public var statistic = CurveStatistic.mean
    /// Evaluations to average over along each curve; 1 for none.
    public var window = 1
    /// Whether each task has a panel of its own; without, all runs must be of one task.
    public var isFaceted = false
    /// Replaces the title made from the runs.
    public var title: String?

    public init() {}

    /// - Throws: `ReportError` if the runs do not fit one figure.
    public func figure(_ runs: [RunRecord]) throws(ReportError) -> Figure {
        let groups = try CurveGroup.groups(runs)
        let environments = distinct(groups.map(\.configuration.environment))
        guard isFaceted || environments.count <= 1 else {
            throw ReportError(
                .usage,
                "The runs are of different environments (\(environments.joined(separator: ", "))); "
                    + "--facet draws a panel for each."
            )
        }
        let panels = environments.map { environment in
            Figure.Panel(
                title: environments.count > 1 ? environment : "", xLabel: "environment steps",
                yLabel: "evaluation return",
                series: groups.filter { $0.configuration.environment == environment && !$0.seeds.isEmpty }.map(series))
        }
        let algorithms = Set(groups.map { $0.configuration.algorithm.uppercased() }).sorted().joined(separator: ", ")
        let tasks = environments.count == 1 ? " on \(environments[0])" : ""
        return Figure(
            title: title ?? "\(algorithms)\(tasks): learning curves", subtitle: subtitle(groups), panels: panels,
            notes: CurveGroup.notes(groups))
    }

    private func series(_ group: CurveGroup) -> Figure.Series {
        let summary = CurveSummary(group.curves, statistic: statistic, window: window)
        return Figure.Series(label: group.label, points: summary.points(hasBand: group.curves.count > 1))
    }

    /// What is drawn, over how many seeds and episodes.
    private func subtitle(_ groups: [CurveGroup]) -> String {
        let counts = Set(groups.map(\.curves.count)).subtracting([0]).sorted()
        let seeds =
            counts == [1] ? "1 seed" : "\(statistic.title) over \(rangeText(counts)) seeds"
        let episodes = Set(groups.map(\.configuration.evaluationEpisodes)).sorted()
        let smoothing = window > 1 ? ", running mean of \(window) evaluations" : ""
        return "\(seeds); each point \(rangeText(episodes)) episodes without exploration\(smoothing)"
    }
}
