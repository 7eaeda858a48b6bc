import HyperExperiments

/// Fig. 6: the return of each critic divided by mlp-standard's final return on the same task, averaged over tasks.
struct NormalisedScores {
    /// Environment steps in percent of the training, as tasks may differ in steps.
    private let curves: [(critic: String, points: [Figure.Point])]
    let tasks: [String]

    /// - Throws: `ReportError` if mlp-standard's runs are missing or end at zero.
    init(_ runs: [RunRecord]) throws(ReportError) {
        let groups = try CurveGroup.groups(runs)
        var tasks: [String] = []
        var critics: [String] = []
        for group in groups {
            if !tasks.contains(group.configuration.environment) { tasks.append(group.configuration.environment) }
            if !critics.contains(group.configuration.criticName) { critics.append(group.configuration.criticName) }
        }
        self.tasks = tasks
        var scales: [String: Double] = [:]
        for task in tasks {
            let standard = groups.first {
                $0.configuration.environment == task && $0.configuration.criticName == "mlp-standard"
            }
            guard let scale = standard?.finalReturn, scale != 0 else {
                throw ReportError(
                    .incompleteRuns, "There is no final return of mlp-standard on \(task) to divide by.")
            }
            scales[task] = scale
        }
        curves = critics.map { critic in
            let own = groups.filter { $0.configuration.criticName == critic }
            // Seed by seed, so that the deviation is that between whole experiments.
            var scores: [Int: [UInt32: [Double]]] = [:]
            for group in own {
                let scale = scales[group.configuration.environment] ?? 1
                for curve in group.curves {
                    for (step, value) in zip(curve.steps, curve.returns) where value.isFinite {
                        scores[step, default: [:]][curve.seed, default: []].append(value / scale)
                    }
                }
            }
            let points = scores.keys.sorted().compactMap { step -> Figure.Point? in
                let seeds = scores[step, default: [:]].values.filter { $0.count == own.count }
                guard !seeds.isEmpty else { return nil }
                let (mean, deviation) = Summary.mean(seeds.map { $0.reduce(0, +) / Double($0.count) })
                return Figure.Point(
                    x: Double(step), y: mean, band: seeds.count > 1 ? mean - deviation...mean + deviation : nil)
            }
            return (critic, points)
        }
    }

    /// - Parameter notes: Seeds, steps, and the fraction.
    func figure(title: String, notes: [String]) -> Figure {
        Figure(
            title: title,
            subtitle: "mean ± standard deviation over seeds of the score averaged over \(tasks.count) tasks",
            panels: [
                Figure.Panel(
                    xLabel: "environment steps", yLabel: "return / final return of mlp-standard",
                    series: curves.map { Figure.Series(label: $0.critic, points: $0.points) })
            ], notes: notes)
    }
}
