import HyperExperiments
import HyperFormats

/// Evaluation returns of one seed over training.
public struct SeedCurve: Hashable, Sendable {
    public let seed: UInt32
    /// Environment steps of the evaluations, ascending.
    public let steps: [Int]
    /// Mean return of each evaluation's episodes.
    public let returns: [Double]

    public init(seed: UInt32, steps: [Int], returns: [Double]) {
        self.seed = seed
        self.steps = steps
        self.returns = returns
    }

    /// The highest evaluation; nil before the first.
    public var highest: Double? { returns.filter(\.isFinite).max() }

    /// The curve with each return replaced by the mean of itself and the `window` − 1 before it (fewer at the start).
    public func smoothed(over window: Int) -> SeedCurve {
        let values = returns.indices.map { index in
            let part = returns[max(0, index - window + 1)...index]
            return part.reduce(0, +) / Double(part.count)
        }
        return SeedCurve(seed: seed, steps: steps, returns: values)
    }
}

/// What reports need of one run: its configuration and its evaluations.
public struct RunRecord: Sendable {
    /// The folder as it was named.
    public let path: String
    public let configuration: RunConfiguration
    /// One for each seed that was named.
    public let curves: [SeedCurve]
    /// Environment steps that each seed has behind it.
    public let stepsDone: [Int]

    public init(path: String, configuration: RunConfiguration, curves: [SeedCurve], stepsDone: [Int]) {
        self.path = path
        self.configuration = configuration
        self.curves = curves
        self.stepsDone = stepsDone
    }

    /// Reads a run, or one seed of it; the run may be going on.
    ///
    /// - Throws: `FormatError` if there is no run or a file is damaged.
    public init(_ path: String) throws {
        let run = try StoredRun(path)
        let curves = try run.seeds.map { try Self.curve(run.progressFile(of: $0), seed: $0) }
        self.init(
            path: path, configuration: run.description.configuration, curves: curves,
            stepsDone: run.seeds.map { run.savedSteps(of: $0) })
    }

    /// Whether every seed was trained to the end.
    public var isComplete: Bool { stepsDone.allSatisfy { $0 >= configuration.steps } }

    private static func curve(_ path: String, seed: UInt32) throws -> SeedCurve {
        guard Folder.exists(path) else { return SeedCurve(seed: seed, steps: [], returns: []) }
        let table = try CSVTable(contentsOf: path)
        let (step, mean) = (try table.column("step"), try table.column("eval_return_mean"))
        var (steps, returns): ([Int], [Double]) = ([], [])
        for row in table.rows.indices {
            guard let value = try table.number(row: row, column: mean) else { continue }
            guard let number = Int(table.rows[row][step]), number > steps.last ?? -1 else {
                throw FormatError(path: path, problem: "row \(row + 1): steps do not ascend")
            }
            steps.append(number)
            returns.append(value)
        }
        return SeedCurve(seed: seed, steps: steps, returns: returns)
    }
}
