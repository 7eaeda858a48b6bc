import HyperAgents
import HyperExperiments
import HyperFormats

/// Evaluation returns of one seed over training.
public struct SeedCurve: Hashable, Sendable {
    public let seed: UInt32
    /// Environment steps of the evaluations, ascending.
    public let steps: [Int]
    /// Mean return of each evaluation's episodes.
    public let returns: [Double]
    /// Mean return of the training episodes that ended within the random steps, so that no learned policy acted in them;
    /// nil if none did.
    public let randomReturn: Double?

    public init(seed: UInt32, steps: [Int], returns: [Double], randomReturn: Double? = nil) {
        self.seed = seed
        self.steps = steps
        self.returns = returns
        self.randomReturn = randomReturn
    }

    /// The highest evaluation; nil before the first.
    public var highest: Double? { returns.filter(\.isFinite).max() }

    /// The curve with each return replaced by the mean of itself and the `window` − 1 before it (fewer at the start).
    public func smoothed(over window: Int) -> SeedCurve {
        let values = returns.indices.map { index in
            let part = returns[max(0, index - window + 1)...index]
            return part.reduce(0, +) / Double(part.count)
        }
        return SeedCurve(seed: seed, steps: steps, returns: values, randomReturn: randomReturn)
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
    /// The step at which each frozen seed was frozen.
    public let frozenSteps: [UInt32: Int]

    public init(
        path: String, configuration: RunConfiguration, curves: [SeedCurve], stepsDone: [Int],
        frozenSteps: [UInt32: Int] = [:]
    ) {
        self.path = path
        self.configuration = configuration
        self.curves = curves
        self.stepsDone = stepsDone
        self.frozenSteps = frozenSteps
    }

    /// Reads a run, or one seed of it; the run may be going on.
    ///
    /// - Throws: `FormatError` if there is no run or a file is damaged.
    public init(_ path: String, catalogue: AlgorithmCatalogue = .standard) throws {
        let run = try StoredRun(path, catalogue: catalogue)
        let configuration = run.description.configuration
        var frozenSteps: [UInt32: Int] = [:]
        for seed in run.seeds { frozenSteps[seed] = try run.frozenStep(of: seed) }
        self.init(
            path: path, configuration: configuration,
            curves: try run.seeds.map {
                try Self.curve(run.progressFile(of: $0), seed: $0, randomSteps: configuration.agent.randomSteps)
            },
            stepsDone: run.seeds.map { run.savedSteps(of: $0) }, frozenSteps: frozenSteps)
    }

    /// Steps done by the seed that has the longest way to go; nil if every seed is at its end, or frozen.
    public var unfinishedStep: Int? {
        zip(curves, stepsDone).filter { frozenSteps[$0.0.seed] == nil && $0.1 < configuration.steps }.map(\.1).min()
    }

    /// The seeds for grouping.
    var trainedSeeds: [TrainedSeed<SeedCurve>] {
        curves.map {
            TrainedSeed(
                seed: $0.seed, path: path, configuration: configuration, frozenStep: frozenSteps[$0.seed], reading: $0)
        }
    }

    /// Reads a seed's `progress.csv`.
    ///
    /// - Parameter randomSteps: Environment steps with random actions, from the start.
    static func curve(_ path: String, seed: UInt32, randomSteps: Int) throws -> SeedCurve {
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
        return SeedCurve(
            seed: seed, steps: steps, returns: returns, randomReturn: try randomReturn(table, randomSteps))
    }

    /// The mean return of the episodes in the rows of the log up to `randomSteps`, each row weighted by its episodes.
    private static func randomReturn(_ table: CSVTable, _ randomSteps: Int) throws -> Double? {
        let (step, episodes) = (try table.column("step"), try table.column("episodes"))
        let mean = try table.column("episode_return")
        var (sum, count) = (0.0, 0.0)
        for row in table.rows.indices {
            guard let number = try table.number(row: row, column: step), number <= Double(randomSteps),
                let value = try table.number(row: row, column: mean),
                let ended = try table.number(row: row, column: episodes), ended > count
            else { continue }
            sum += value * (ended - count)
            count = ended
        }
        return count > 0 ? sum / count : nil
    }
}

/// The curves of seeds that were trained alike.
typealias CurveGroup = SeedGroup<SeedCurve>

extension CurveGroup {
    var curves: [SeedCurve] { readings }

    /// Gathers the seeds of runs.
    ///
    /// - Throws: `ReportError` if a seed occurs twice, or one that is not frozen has no evaluations yet.
    static func groups(_ runs: [RunRecord]) throws(ReportError) -> [CurveGroup] {
        let groups = try groups(runs.flatMap(\.trainedSeeds))
        for seed in groups.flatMap(\.seeds) where seed.reading.steps.isEmpty {
            throw ReportError(.incompleteRuns, "\(seed.path): seed \(seed.seed) has no evaluations yet.")
        }
        return groups
    }

    /// Mean over seeds of the last evaluation; nil without one.
    var finalReturn: Double? {
        let last = curves.compactMap(\.returns.last).filter(\.isFinite)
        return last.isEmpty ? nil : last.reduce(0, +) / Double(last.count)
    }

    static func notes(_ groups: [CurveGroup]) -> [String] { notes(groups) { $0.steps.last ?? 0 } }
}
