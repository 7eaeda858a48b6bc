import HyperExperiments

/// Table 2: how far generated weights lie from mlp-small's, for two initialisations, at the start and after training.
public struct WeightDistances {
    private let study: WeightStudy

    public init(_ study: WeightStudy) { self.study = study }

    /// - Parameter isPartial: Whether to leave gaps for what is missing.
    /// - Throws: `ReportError` that names what is missing.
    public func table(isPartial: Bool) throws(ReportError) -> ReportTable {
        var missing: [String] = []
        var table = ReportTable(
            title: "Total-variation distance of generated weights to mlp-small's, in percent (the paper's Table 2)",
            header: ["weights", "initialisation"] + PaperNumbers.tasks.flatMap { [$0.key, "\($0.key) (paper)"] },
            rows: [], notes: [])
        var counts: Set<Int> = []
        for paper in PaperNumbers.weightDistances {
            let time = paper.isTrained ? "trained" : "at the start"
            var row: [ReportTable.Cell] = [.text("layer \(paper.layer), \(time)"), .text(paper.initialization)]
            for (task, value) in zip(PaperNumbers.tasks, paper.values) {
                let entries = study.entries(paper.initialization, task.value, isTrained: paper.isTrained)
                let found = entries.map { $0.reading.layers[paper.layer - 1].histogram.totalVariation }
                if found.isEmpty {
                    let what = "sa-hyper with initialization \(paper.initialization) on \(task.value)"
                    if !missing.contains(what) { missing.append(what) }
                    row.append(.missing)
                } else {
                    counts.insert(found.count)
                    row.append(.number(found.reduce(0, +) / Double(found.count), decimals: 1))
                }
                row.append(.number(value, decimals: 1))
            }
            table.rows.append(row)
        }
        let shortcomings =
            (study.unfinished.isEmpty ? [] : ["unfinished: \(study.unfinished.joined(separator: ", "))"])
            + (missing.isEmpty ? [] : ["missing: \(missing.joined(separator: ", "))"])
        guard isPartial || shortcomings.isEmpty else {
            throw ReportError(
                .incompleteRuns, "\(shortcomings.joined(separator: "; ")). --partial makes a table of what is there.")
        }
        let seeds = "mean over \(rangeText(counts.sorted())) \(counts == [1] ? "seed" : "seeds")"
        let note =
            "Trained: after \(grouped(study.steps)) steps (the paper: 100,000), against mlp-small trained as long; \(seeds); "
            + "Ant is AntNoControlCost-v2; 100 equal bins over the joint range (the paper gives no number)."
        table.notes = [note] + study.unfinishedNotes + study.frozenNotes
        return table
    }
}
