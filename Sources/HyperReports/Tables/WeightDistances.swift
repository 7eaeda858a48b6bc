import HyperExperiments
import HyperFormats

/// One seed's distances of generated weights to mlp-small's, as the probe `dynamic-weights` left them beside its log.
public struct WeightDistanceLog: Sendable {
    /// By step and layer, in percent.
    public let distances: [Key: Double]

    public struct Key: Hashable, Sendable {
        public let step: Int
        public let layer: Int
    }

    static let fileName = "dynamic_weights.csv"

    /// - Throws: `FormatError` if the file is missing or damaged.
    public init(contentsOf path: String) throws {
        let table = try CSVTable(contentsOf: path)
        let columns = try ["step", "layer", "total_variation"].map { try table.column($0) }
        var distances: [Key: Double] = [:]
        for row in table.rows.indices {
            let numbers = try columns.map { try table.number(row: row, column: $0) }
            guard let step = numbers[0], let layer = numbers[1], let distance = numbers[2] else {
                throw FormatError(path: path, problem: "row \(row + 1) lacks a number")
            }
            distances[Key(step: Int(step), layer: Int(layer))] = distance
        }
        self.distances = distances
    }
}

/// Table 2: how far generated weights lie from mlp-small's, for two initialisations, at the start and after training.
public struct WeightDistances {
    private let logs: [Source: [WeightDistanceLog]]
    private let steps: Int

    private struct Source: Hashable {
        let initialization: String
        let environment: String
    }

    /// Reads the probe's files of runs with sa-hyper.
    ///
    /// - Throws: `ReportError` for runs of another critic or length, `FormatError` for a damaged file.
    public init(_ paths: [String]) throws {
        var logs: [Source: [WeightDistanceLog]] = [:]
        var lengths: Set<Int> = []
        for path in paths {
            let run = try StoredRun(path)
            let configuration = run.description.configuration
            // The reference's runs may be named as well.
            if configuration.criticName == "mlp-small" { continue }
            guard configuration.criticName == "sa-hyper" else {
                throw ReportError(
                    .usage, "\(path): Table 2 is about the critic sa-hyper, this run has \(configuration.criticName).")
            }
            let initialization = configuration.values.first { $0.key == "initialization" }?.text ?? "ours"
            let source = Source(initialization: initialization, environment: configuration.environment)
            lengths.insert(configuration.steps)
            for seed in run.seeds {
                let file = "\(run.folder(of: seed))/\(WeightDistanceLog.fileName)"
                guard Folder.exists(file) else {
                    throw ReportError(
                        .incompleteRuns,
                        "\(path): seed \(seed) has no \(WeightDistanceLog.fileName); train with --probe dynamic-weights."
                    )
                }
                logs[source, default: []].append(try WeightDistanceLog(contentsOf: file))
            }
        }
        guard lengths.count <= 1 else {
            throw ReportError(
                .usage, "The runs have different lengths (\(rangeText(lengths.sorted())) steps); a table takes one.")
        }
        self.logs = logs
        steps = lengths.first ?? 0
    }

    /// - Parameter isPartial: Whether to leave gaps for what is missing.
    /// - Throws: `ReportError` that names what is missing.
    public func table(isPartial: Bool) throws(ReportError) -> ReportTable {
        var missing: [String] = []
        var table = ReportTable(
            title: "Total-variation distance of generated weights to mlp-small's, in percent (the paper's Table 2)",
            header: ["weights", "initialisation"] + PaperNumbers.tasks.flatMap { [$0.key, "\($0.key), paper"] },
            rows: [],
            notes: [
                "Trained: after \(grouped(steps)) steps (the paper: 100,000); mean over seeds; Ant is AntNoControlCost-v2."
            ])
        for paper in PaperNumbers.weightDistances {
            let time = paper.isTrained ? "trained" : "at the start"
            var row: [ReportTable.Cell] = [.text("layer \(paper.layer), \(time)"), .text(paper.initialization)]
            for (task, value) in zip(PaperNumbers.tasks, paper.values) {
                let source = Source(initialization: paper.initialization, environment: task.value)
                let key = WeightDistanceLog.Key(step: paper.isTrained ? steps : 0, layer: paper.layer)
                let found = (logs[source] ?? []).compactMap { $0.distances[key] }
                if found.isEmpty || found.count < logs[source]?.count ?? 1 {
                    missing.append("\(paper.initialization) on \(task.value) \(time)")
                    row.append(.missing)
                } else {
                    row.append(.number(found.reduce(0, +) / Double(found.count), decimals: 1))
                }
                row.append(.number(value, decimals: 1))
            }
            table.rows.append(row)
        }
        guard isPartial || missing.isEmpty else {
            var seen: Set<String> = []
            let different = missing.filter { seen.insert($0).inserted }
            throw ReportError(
                .incompleteRuns,
                "missing: \(different.joined(separator: ", ")). --partial makes a table of what is there.")
        }
        return table
    }
}
