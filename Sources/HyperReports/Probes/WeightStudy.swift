import HyperExperiments
import HyperParallel
import HyperProbes
import HyperTensor

/// Generated weights of sa-hyper's runs beside the weights of mlp-small's, both as they began and as they are (§D.3).
public struct WeightStudy: Sendable {
    /// What the probe says of one seed.
    struct Entry: Sendable {
        let initialization: String
        let environment: String
        let seed: UInt32
        /// Whether of the newest checkpoint, not of the start.
        let isTrained: Bool
        let reading: WeightReading
    }

    let entries: [Entry]
    /// Environment steps of the runs.
    let steps: Int

    /// Measures runs of sa-hyper against the run of mlp-small on the same task, seed by seed.
    ///
    /// - Parameter progress: Told how much of the work is done, from 0 to 1.
    /// - Throws: `ReportError` for runs that do not belong together, `ProbeError`, `FormatError`.
    public init(
        _ runs: [StoredRun], backend: any Backend, pool: WorkerPool, progress: (Double) -> Void = { _ in }
    ) throws {
        var references: [String: StoredRun] = [:]
        var subjects: [StoredRun] = []
        for run in runs {
            let configuration = run.description.configuration
            switch configuration.criticName {
            case "sa-hyper": subjects.append(run)
            case "mlp-small":
                if let other = references.updateValue(run, forKey: configuration.environment) {
                    throw ReportError(
                        .usage,
                        "\(other.namedPath) and \(run.namedPath) are both of mlp-small on \(configuration.environment); "
                            + "leave one out.")
                }
            default:
                throw ReportError(
                    .usage,
                    "\(run.namedPath): generated weights are compared for sa-hyper and mlp-small, this run has "
                        + "\(configuration.criticName).")
            }
        }
        let lengths = Set(runs.map(\.description.configuration.steps)).sorted()
        guard lengths.count <= 1 else {
            throw ReportError(.usage, "The runs have different lengths (\(rangeText(lengths)) steps).")
        }
        steps = lengths.first ?? 0
        var entries: [Entry] = []
        for (index, run) in subjects.enumerated() {
            let configuration = run.description.configuration
            guard let reference = references[configuration.environment] else {
                throw ReportError(
                    .incompleteRuns,
                    "\(run.namedPath): there is no run of mlp-small on \(configuration.environment) to compare with.")
            }
            for (half, weights) in [ProbedWeights.start, .checkpoint(.latest)].enumerated() {
                let probe = try RunProbe.dynamicWeights(
                    of: run, weights, reference: (reference, weights), backend: backend, pool: pool,
                    progress: { progress((Double(index * 2 + half) + $0) / Double(subjects.count * 2)) })
                entries += probe.results.compactMap { result in
                    (result.reading as? WeightReading).map { reading in
                        Entry(
                            initialization: configuration.initialization, environment: configuration.environment,
                            seed: result.seed, isTrained: half == 1, reading: reading)
                    }
                }
            }
        }
        self.entries = entries
    }

    /// The readings of one initialisation on one task, seeds ascending.
    func entries(_ initialization: String, _ environment: String, isTrained: Bool) -> [Entry] {
        entries.filter {
            $0.initialization == initialization && $0.environment == environment && $0.isTrained == isTrained
        }.sorted { $0.seed < $1.seed }
    }

    /// Fig. 10 (at the start) or 11 (trained): densities of weights, a row of panels for each task, a panel for each layer.
    public func figure(isTrained: Bool, title: String, notes: [String]) -> Figure {
        var panels: [Figure.Panel] = []
        let measured = Set(entries.map(\.environment))
        for (task, environment) in PaperNumbers.tasks where measured.contains(environment) {
            for layer in 0..<2 {
                var series: [Figure.Series] = []
                for (initialization, label) in [("ours", "hyper init: ours"), ("pytorch", "hyper init: pytorch")] {
                    // One seed: the bins of each seed have their own ends.
                    guard let entry = entries(initialization, environment, isTrained: isTrained).first else { continue }
                    let histogram = entry.reading.layers[layer].histogram
                    series.append(Self.series(label, histogram, histogram.shares))
                    if initialization == "ours" {
                        series.append(Self.series("mlp-small", histogram, histogram.referenceShares))
                    }
                }
                panels.append(
                    Figure.Panel(
                        title: "\(task), layer \(layer + 1)", xLabel: "weight", yLabel: "density", series: series))
            }
        }
        let seed = entries.map(\.seed).min() ?? 0
        let time = isTrained ? "after \(grouped(steps)) steps" : "at the start"
        return Figure(
            title: title,
            subtitle: "weights of the dynamic network \(time), seed \(seed), for 100 states of the policy",
            panels: panels, notes: notes)
    }

    /// Shares as a density, so that bins of different widths compare.
    private static func series(_ label: String, _ histogram: WeightHistogram, _ shares: [Double]) -> Figure.Series {
        var points = shares.enumerated().map { bin, share in
            let bounds = histogram.bounds(bin)
            return Figure.Point(x: bounds.lower, y: share / (bounds.upper - bounds.lower))
        }
        points.append(Figure.Point(x: histogram.range.upperBound, y: 0))
        return Figure.Series(label: label, points: points, isStepped: true)
    }
}

extension RunConfiguration {
    /// The initialisation of a hypernetwork critic.
    var initialization: String { values.first { $0.key == "initialization" }?.text ?? "ours" }
}
