import HyperExperiments
import HyperProbes
import HyperStatistics

/// Fig. 3, 8 and 9: how well critics' action gradients point along those of sampled returns (or of their own outputs).
public struct GradientFigures {
    /// Probes to average over along each curve, as in the paper.
    public static let window = 20

    private let groups: [SeedGroup<GradientLog>]
    private let tasks: [String]

    /// Reads the probes of runs.
    ///
    /// - Throws: `ReportError` for a run without the probe, or seeds that occur twice; `FormatError` for a damaged file.
    public init(_ runs: [StoredRun]) throws {
        groups = try SeedGroup.groups(runs.flatMap { try $0.trainedSeeds }).map { group in
            try group.map { try GradientLog(of: $0.seed, $0.reading) }
        }
        tasks = distinct(groups.map(\.configuration.environment))
    }

    private var critics: [String] { distinct(groups.filter { !$0.seeds.isEmpty }.map(\.label)) }

    /// Seeds and steps, which seeds are left out, and what else is to be said.
    private func notes(_ others: [String]) -> [String] { SeedGroup.notes(groups) { $0.steps.last ?? 0 } + others }

    /// Fig. 8 (self-test) or 9: mean cosine similarity over training, a panel for each task.
    public func cosines(isSelfTest: Bool, title: String, notes: [String]) -> Figure {
        let panels = tasks.map { task in
            Figure.Panel(
                title: task, xLabel: "environment steps", yLabel: "cosine similarity",
                series: groups.filter { $0.configuration.environment == task && !$0.seeds.isEmpty }.map { group in
                    Figure.Series(
                        label: group.label,
                        points: Self.points(group.readings) { isSelfTest ? $0.selfCosines : $0.cosines })
                })
        }
        return Figure(title: title, subtitle: subtitle("seeds"), panels: panels, notes: self.notes(notes))
    }

    /// Fig. 3: the share of states above each threshold, above 0.25 and 0.75 over training, and the mean.
    public func summary(title: String, notes: [String]) -> Figure {
        func panel(_ name: String, _ label: String, _ values: @escaping (GradientLog) -> [Double?]) -> Figure.Panel {
            Figure.Panel(
                title: name, xLabel: "environment steps", yLabel: label,
                series: critics.map { critic in
                    Figure.Series(label: critic, points: Self.points(self.logs(of: critic), values))
                })
        }
        let thresholds = Figure.Panel(
            title: "(a) all training", xLabel: "threshold of cosine similarity", yLabel: "share of states above",
            series: critics.map { Figure.Series(label: $0, points: thresholdPoints(self.logs(of: $0))) })
        return Figure(
            title: title, subtitle: subtitle("seeds and tasks"),
            panels: [
                thresholds,
                panel("(b) above 0.25", "share of states") { $0.shares[Self.index(of: 0.25)] },
                panel("(c) above 0.75", "share of states") { $0.shares[Self.index(of: 0.75)] },
                panel("(d) mean", "cosine similarity") { $0.cosines },
            ], notes: self.notes(notes))
    }

    private func logs(of critic: String) -> [GradientLog] {
        groups.filter { $0.label == critic }.flatMap(\.readings)
    }

    private static func index(of threshold: Double) -> Int {
        guard let index = GradientAccuracy.thresholds.firstIndex(where: { abs($0 - threshold) < 1e-9 }) else {
            preconditionFailure("\(threshold) is no threshold of the probe")
        }
        return index
    }

    private func subtitle(_ what: String) -> String {
        "mean and interquartile range over \(what), running mean of \(Self.window) probes"
    }

    /// The share above each threshold: for each seed and task the mean over its probes.
    private func thresholdPoints(_ logs: [GradientLog]) -> [Figure.Point] {
        GradientAccuracy.thresholds.enumerated().compactMap { index, threshold in
            let values = logs.filter { !$0.steps.isEmpty }.map {
                $0.shares[index].reduce(0, +) / Double($0.shares[index].count)
            }
            return Self.point(threshold, values)
        }
    }

    /// Mean and quartiles over logs at each step that all of them have.
    private static func points(_ logs: [GradientLog], _ values: (GradientLog) -> [Double?]) -> [Figure.Point] {
        var found: [Int: [Double]] = [:]
        var counts: [Int: Int] = [:]
        for log in logs {
            for (step, value) in zip(log.steps, GradientLog.smoothed(values(log), over: window)) {
                counts[step, default: 0] += 1
                if let value { found[step, default: []].append(value) }
            }
        }
        return counts.filter { $0.value == logs.count }.keys.sorted().compactMap { step in
            point(Double(step), found[step] ?? [])
        }
    }

    private static func point(_ x: Double, _ values: [Double]) -> Figure.Point? {
        guard let mean = Statistics.mean(values), let lower = Statistics.quantile(values, 0.25),
            let upper = Statistics.quantile(values, 0.75)
        else { return nil }
        return Figure.Point(x: x, y: mean, band: values.count > 1 ? lower...upper : nil)
    }
}
