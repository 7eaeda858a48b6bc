import HyperExperiments
import HyperModels
import HyperStatistics

/// Tables 4 and 6: the highest reward of each critic on each task, beside the paper's.
///
/// "Highest reward" is, for each seed, the maximum over the run's evaluations; then mean and standard deviation (divided
/// by n) over seeds. The last column is Fig. 6's normalised score, as far as a table can say it: the final return beside
/// mlp-standard's on the same task (`ScoreScale`), averaged over the tasks.
public struct HighestRewards {
    /// `td3` (Table 4) or `sac` (Table 6).
    public let algorithm: String
    private let paper: PaperNumbers.HighestRewards
    private let runs: [RunRecord]
    private let groups: [CurveGroup]
    /// By task, where mlp-standard's runs give one.
    private let scales: [String: ScoreScale]
    /// Where the score is no plain ratio, or there is no score although mlp-standard was trained.
    private let scaleNotes: [String]

    /// - Throws: `ReportError` if the paper has no such table, or runs do not belong into one.
    public init(_ runs: [RunRecord], algorithm: String) throws(ReportError) {
        guard let paper = PaperNumbers.highestRewards[algorithm] else {
            let known = PaperNumbers.highestRewards.keys.sorted().joined(separator: " and ")
            throw ReportError(
                .usage, "The paper has no table of the highest rewards of \(algorithm), only of \(known).")
        }
        self.algorithm = algorithm
        self.paper = paper
        self.runs = runs
        for run in runs {
            guard run.configuration.algorithm == algorithm else {
                throw ReportError(
                    .usage,
                    "\(run.path): was trained by \(run.configuration.algorithm), this table is about \(algorithm).")
            }
            guard PaperNumbers.tasks.contains(where: { $0.value == run.configuration.environment }) else {
                throw ReportError(
                    .usage,
                    "\(run.path): the task \(run.configuration.environment) is not in the table; its tasks are "
                        + PaperNumbers.tasks.map(\.value).joined(separator: ", ") + ".")
            }
        }
        groups = try CurveGroup.groups(runs)
        var seen: Set<String> = []
        for group in groups
        where !seen.insert("\(group.configuration.criticName) \(group.configuration.environment)").inserted {
            throw ReportError(
                .usage,
                "There are runs of \(group.configuration.criticName) on \(group.configuration.environment) with different "
                    + "settings (\(group.label)); a table takes one of them.")
        }
        var scales: [String: ScoreScale] = [:]
        var scaleNotes: [String] = []
        for group in groups where group.configuration.agent.critic == .mlpStandard {
            do {
                let scale = try ScoreScale(groups, task: group.configuration.environment)
                scales[group.configuration.environment] = scale
                scaleNotes += [scale.remark].compactMap { $0 }
            } catch { scaleNotes.append("\(error)") }
        }
        (self.scales, self.scaleNotes) = (scales, scaleNotes)
    }

    /// What is not there or not far enough, in words; nothing for a whole table.
    public var shortcomings: [String] {
        let unfinished = runs.compactMap { run in
            run.unfinishedStep.map { "\(run.path) (at step \(grouped($0)) of \(grouped(run.configuration.steps)))" }
        }
        let missing = paper.rows.compactMap { critic, _ -> String? in
            let tasks = PaperNumbers.tasks.filter { group(critic, $0.value) == nil }.map(\.value)
            if tasks.count == PaperNumbers.tasks.count { return "\(critic) on every task" }
            return tasks.isEmpty ? nil : "\(critic) on \(tasks.joined(separator: " and "))"
        }
        return (unfinished.isEmpty ? [] : ["unfinished: \(unfinished.joined(separator: ", "))"])
            + (missing.isEmpty ? [] : ["missing: \(missing.joined(separator: ", "))"])
    }

    /// - Parameter isPartial: Whether to leave gaps for what is missing and take unfinished runs as they are.
    /// - Throws: `ReportError` that names what is missing.
    public func table(isPartial: Bool) throws(ReportError) -> ReportTable {
        guard isPartial || shortcomings.isEmpty else {
            throw ReportError(
                .incompleteRuns, "\(shortcomings.joined(separator: "; ")). --partial makes a table of what is there.")
        }
        var table = ReportTable(
            title: "\(algorithm.uppercased()) highest rewards (the paper's Table \(paper.table))",
            header: ["critic"] + PaperNumbers.tasks.flatMap { [$0.key, "\($0.key) (paper)"] } + ["normalised score"],
            rows: [], notes: notes)
        for (critic, values) in paper.rows {
            var row = [ReportTable.Cell.text(critic)]
            for (task, value) in zip(PaperNumbers.tasks, values) {
                row.append(cell(group(critic, task.value)))
                row.append(.measured(mean: value.mean, deviation: value.deviation, seeds: 0))
            }
            table.rows.append(row + [normalisedScore(critic).map { .number($0, decimals: 2) } ?? .missing])
        }
        return table
    }

    /// Nil also where every seed is frozen.
    private func group(_ critic: String, _ environment: String) -> CurveGroup? {
        groups.first {
            $0.configuration.criticName == critic && $0.configuration.environment == environment && !$0.seeds.isEmpty
        }
    }

    private func cell(_ group: CurveGroup?) -> ReportTable.Cell {
        guard let group else { return .missing }
        let highest = group.curves.compactMap(\.highest)
        guard highest.count == group.curves.count else { return .missing }
        let (mean, deviation) = Summary.mean(highest)
        let isUnfinished = runs.contains {
            $0.unfinishedStep != nil && $0.configuration.criticName == group.configuration.criticName
                && $0.configuration.environment == group.configuration.environment
        }
        return .measured(mean: mean, deviation: deviation, seeds: highest.count, mark: isUnfinished ? "*" : "")
    }

    /// Averaged over the tasks with a scale for which there are runs of the critic; nil if there is none.
    private func normalisedScore(_ critic: String) -> Double? {
        let scores = PaperNumbers.tasks.compactMap { task -> Double? in
            guard let scale = scales[task.value], let own = group(critic, task.value)?.finalReturn else { return nil }
            return scale.score(own)
        }
        return Statistics.mean(scores)
    }

    private var notes: [String] {
        let steps = Set(runs.map(\.configuration.steps)).sorted()
        let ant = "Ant is AntNoControlCost-v2"
        let seeds = "in brackets the number of seeds (the paper: 5)"
        let marks = runs.contains { $0.unfinishedStep != nil } ? "; * from unfinished runs" : ""
        let score =
            "normalised score: final return divided by mlp-standard's on the same task, averaged over the tasks with both"
        return ["Runs of \(rangeText(steps)) steps (the paper: 1,000,000); \(seeds)\(marks); \(ant); \(score)."]
            + scaleNotes + CurveGroup.frozenNotes(groups)
    }
}
