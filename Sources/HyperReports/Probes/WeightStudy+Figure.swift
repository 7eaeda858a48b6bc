import HyperProbes

extension WeightStudy {
    /// Fig. 10 (at the start) or 11 (trained): densities of weights, a row of panels for each task, a panel for each layer.
    ///
    /// A panel shows one seed, as each seed's bins have ends of their own: the first one that both initialisations have.
    public func figure(isTrained: Bool, title: String, notes: [String]) -> Figure {
        var panels: [Figure.Panel] = []
        var seeds: Set<UInt32> = []
        let measured = Set(entries.map(\.environment))
        for (task, environment) in PaperNumbers.tasks where measured.contains(environment) {
            let seed = shownSeed(environment, isTrained: isTrained)
            seeds.insert(seed)
            for layer in 0..<2 {
                var series: [Figure.Series] = []
                for (initialization, label) in [("ours", "hyper init: ours"), ("pytorch", "hyper init: pytorch")] {
                    let entry = entries(initialization, environment, isTrained: isTrained).first { $0.seed == seed }
                    guard let histogram = entry?.reading.layers[layer].histogram else { continue }
                    series.append(Self.series(label, histogram, histogram.shares))
                    // mlp-small's weights are the same beside both; only the bins differ.
                    if series.count == 1 {
                        series.append(Self.series("mlp-small", histogram, histogram.referenceShares))
                    }
                }
                panels.append(
                    Figure.Panel(
                        title: "\(task), layer \(layer + 1)", xLabel: "weight", yLabel: "density", series: series))
            }
        }
        let time = isTrained ? "after \(grouped(steps)) steps" : "at the start"
        let shown = seeds.sorted().map { Int($0) }
        return Figure(
            title: title,
            subtitle:
                "weights of the dynamic network \(time), \(seeds.count > 1 ? "seeds" : "seed") \(listText(shown)), "
                + "for 100 states of the policy",
            panels: panels, notes: unfinishedNotes + frozenNotes + notes)
    }

    /// What a reader must know of runs that are not at their end.
    var unfinishedNotes: [String] { unfinished.isEmpty ? [] : ["Unfinished: \(unfinished.joined(separator: ", "))."] }

    /// The first seed that most initialisations have.
    private func shownSeed(_ environment: String, isTrained: Bool) -> UInt32 {
        let own = entries.filter { $0.environment == environment && $0.isTrained == isTrained }.map(\.seed)
        let counts = Dictionary(own.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
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
