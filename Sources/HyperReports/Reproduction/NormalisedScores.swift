import HyperExperiments
import HyperModels

/// Fig. 6: the return of each critic beside mlp-standard's final return on the same task (`ScoreScale`), averaged over tasks.
struct NormalisedScores {
    /// One curve for each critic, over environment steps.
    private let curves: [(critic: String, points: [Figure.Point])]
    /// The tasks that scores are averaged over.
    let tasks: [String]
    private let isPlainRatio: Bool
    /// Seeds and steps, which seeds and tasks are left out, and where the score is no plain ratio.
    private let remarks: [String]

    /// - Throws: `ReportError` if no task has a scale, because mlp-standard's runs are missing or did not learn.
    init(_ runs: [RunRecord]) throws(ReportError) {
        let groups = try CurveGroup.groups(runs)
        var remarks = CurveGroup.notes(groups)
        var scales: [String: ScoreScale] = [:]
        var failure: ReportError?
        var tasks: [String] = []
        for task in distinct(groups.map(\.configuration.environment)) {
            do {
                scales[task] = try ScoreScale(groups, task: task)
                tasks.append(task)
            } catch {
                failure = failure ?? error
                remarks.append("\(error) \(task) is left out.")
            }
        }
        if tasks.isEmpty, let failure { throw failure }
        remarks += tasks.compactMap { scales[$0]?.remark }
        self.tasks = tasks
        isPlainRatio = scales.values.allSatisfy { $0.remark == nil }
        curves = distinct(groups.map(\.configuration.criticName)).map { critic in
            let own = groups.filter { $0.configuration.criticName == critic }
            // Seed by seed, so that the deviation is that between whole experiments.
            var scores: [UInt32: [SeedCurve]] = [:]
            for group in own {
                guard let scale = scales[group.configuration.environment] else { continue }
                for curve in group.curves { scores[curve.seed, default: []].append(curve.scored(scale)) }
            }
            let whole = scores.filter { $0.value.count == tasks.count }
            let partial = scores.keys.filter { whole[$0] == nil }.sorted().map { Int($0) }
            if !partial.isEmpty {
                remarks.append("\(critic): without seeds that are not on every task: \(listText(partial)).")
            }
            let summary = CurveSummary(whole.map { SeedCurve(seed: $0, averaging: $1) }, statistic: .mean)
            return (critic, summary.points(hasBand: whole.count > 1))
        }
        self.remarks = remarks
    }

    /// - Parameter notes: What the runs' folders do not tell, the fraction for example.
    func figure(title: String, notes: [String]) -> Figure {
        Figure(
            title: title,
            subtitle: "mean ± standard deviation over seeds of the score averaged over "
                + (tasks.count == 1 ? "1 task" : "\(tasks.count) tasks"),
            panels: [
                Figure.Panel(
                    xLabel: "environment steps",
                    yLabel: isPlainRatio ? "return / final return of mlp-standard" : "score relative to mlp-standard",
                    series: curves.map { Figure.Series(label: $0.critic, points: $0.points) })
            ], notes: remarks + notes)
    }
}

extension SeedCurve {
    /// The curve in units of a scale.
    fileprivate func scored(_ scale: ScoreScale) -> SeedCurve {
        SeedCurve(seed: seed, steps: steps, returns: returns.map(scale.score))
    }

    /// The mean of several curves at the steps that all of them have.
    fileprivate init(seed: UInt32, averaging curves: [SeedCurve]) {
        let summary = CurveSummary(curves, statistic: .mean)
        self.init(seed: seed, steps: summary.steps, returns: summary.values.map(\.center))
    }
}
