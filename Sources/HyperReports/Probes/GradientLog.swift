import HyperExperiments
import HyperFormats
import HyperProbes

/// One seed's `gradient_accuracy.csv`, as the probe left it beside its log.
struct GradientLog: Sendable {
    let seed: UInt32
    /// Environment steps of the probes, ascending.
    let steps: [Int]
    /// Mean cosine similarity of each probe; nil where no state had one.
    let cosines: [Double?]
    /// The same of the self-test.
    let selfCosines: [Double?]
    /// For each threshold of `GradientAccuracy.thresholds` the share of states above it, probe by probe.
    let shares: [[Double]]

    private static let fileName = "gradient_accuracy.csv"

    /// - Throws: `ReportError` if the seed has no such file, `FormatError` for a damaged one.
    init(of seed: UInt32, _ run: StoredRun) throws {
        let path = "\(run.folder(of: seed))/\(Self.fileName)"
        guard Folder.exists(path) else {
            throw ReportError(
                .incompleteRuns,
                "\(run.namedPath): seed \(seed) has no \(Self.fileName); train with --probe gradient-accuracy.")
        }
        let table = try CSVTable(contentsOf: path)
        func numbers(_ name: String) throws -> [Double?] {
            let column = try table.column(name)
            return try table.rows.indices.map { try table.number(row: $0, column: column) }
        }
        func complete(_ name: String) throws -> [Double] {
            try numbers(name).enumerated().map { index, value in
                guard let value else {
                    throw FormatError(path: path, problem: "row \(index + 1) has no \(name)")
                }
                return value
            }
        }
        self.seed = seed
        steps = try complete("step").map { Int($0) }
        cosines = try numbers("cosine_mean")
        selfCosines = try numbers("self_cosine_mean")
        shares = try table.columns.filter { $0.hasPrefix("share_above_") }.map(complete)
        guard shares.count == GradientAccuracy.thresholds.count else {
            throw FormatError(
                path: path,
                problem: "has \(shares.count) share_above columns, not \(GradientAccuracy.thresholds.count)")
        }
    }

    /// The values with each replaced by the mean of itself and the `window` − 1 before it; nil where all of them are.
    static func smoothed(_ values: [Double?], over window: Int) -> [Double?] {
        values.indices.map { index in
            let part = values[max(0, index - window + 1)...index].compactMap { $0 }
            return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
        }
    }
}
