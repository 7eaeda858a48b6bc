import HyperAgents
import HyperFormats

/// The logs of one seed: `progress.csv`, a row for each log interval and each evaluation, and `evaluations.csv`, a row
/// for each evaluation episode. docs/metrics.md explains every column.
final class SeedLog {
    /// Losses and means that the algorithm tells; a column each.
    private let metrics: [String]
    private let progress: CSVWriter
    private let evaluations: CSVWriter
    /// Episodes that ended since the run began.
    private(set) var episodes = 0
    /// Returns and lengths of the episodes that ended since the last row.
    private var recentReturns: [Double] = []
    private var recentLengths: [Int] = []
    /// The latest known return, of an evaluation if there was one.
    private(set) var latestReturn: Double?
    private(set) var latestEvaluation: (step: Int, mean: Double)?
    /// The highest mean of an evaluation.
    private(set) var bestEvaluation: Double?

    /// The columns of progress.csv.
    ///
    /// - Parameter metrics: Losses and means that the algorithm tells.
    static func columns(metrics: [String]) -> [String] {
        ["step", "seconds", "episodes", "episode_return", "episode_length", "eval_return_mean", "eval_return_std"]
            + metrics + ["steps_per_second"]
    }

    /// Opens the logs to add rows; makes them if they are missing.
    ///
    /// - Parameter metrics: Losses and means that the algorithm tells.
    init(_ files: SeedFolder, metrics: [String]) throws {
        self.metrics = metrics
        progress = try CSVWriter(path: files.progress, columns: Self.columns(metrics: metrics))
        evaluations = try CSVWriter(path: files.evaluations, columns: ["step", "episode", "return", "length"])
    }

    func finishEpisode(return episodeReturn: Double, length: Int) {
        episodes += 1
        recentReturns.append(episodeReturn)
        recentLengths.append(length)
        if latestEvaluation == nil { latestReturn = episodeReturn }
    }

    /// A row of the log interval: means over the episodes that ended in it.
    func log(
        step: Int, seconds: Double, metrics: [(name: String, value: Float)], stepsPerSecond: Double
    ) throws {
        let count = Double(recentReturns.count)
        let hasEpisodes = !recentReturns.isEmpty
        var fields: [CSVField] = [
            .integer(step), .double(seconds), .integer(episodes),
            hasEpisodes ? .double(recentReturns.reduce(0, +) / count) : .missing,
            hasEpisodes ? .double(Double(recentLengths.reduce(0, +)) / count) : .missing, .missing, .missing,
        ]
        for column in self.metrics {
            fields.append(metrics.first { $0.name == column }.map { .double(Double($0.value)) } ?? .missing)
        }
        try progress.write(fields + [.double(stepsPerSecond)])
        recentReturns.removeAll(keepingCapacity: true)
        recentLengths.removeAll(keepingCapacity: true)
    }

    /// - Returns: Whether it is the best so far.
    func log(step: Int, seconds: Double, evaluation: Evaluation) throws -> Bool {
        latestReturn = evaluation.mean
        latestEvaluation = (step, evaluation.mean)
        let before: [CSVField] = [.integer(step), .double(seconds), .integer(episodes), .missing, .missing]
        let result: [CSVField] = [.double(evaluation.mean), .double(evaluation.standardDeviation)]
        let after = [CSVField](repeating: .missing, count: metrics.count + 1)
        try progress.write(before + result + after)
        for (episode, value) in evaluation.returns.enumerated() {
            try evaluations.write([
                .integer(step), .integer(episode), .double(value), .integer(evaluation.lengths[episode]),
            ])
        }
        guard evaluation.mean.isFinite, evaluation.mean > bestEvaluation ?? -.infinity else { return false }
        bestEvaluation = evaluation.mean
        return true
    }
}

extension SeedLog {
    /// Adds what the next rows depend on.
    func save(into values: inout SavedValues) {
        values["log.episodes"] = .integers([episodes])
        values["log.recent_returns"] = .doubles(recentReturns)
        values["log.recent_lengths"] = .integers(recentLengths)
        values["log.latest_return"] = .doubles(latestReturn.map { [$0] } ?? [])
        values["log.latest_evaluation"] = .doubles(latestEvaluation.map { [$0.mean] } ?? [])
        values["log.latest_evaluation_step"] = .integers(latestEvaluation.map { [$0.step] } ?? [])
        values["log.best_evaluation"] = .doubles(bestEvaluation.map { [$0] } ?? [])
    }

    func restore(from values: SavedValues) throws {
        episodes = try values.count("log.episodes")
        recentReturns = try values.doubles("log.recent_returns")
        recentLengths = try values.integers("log.recent_lengths")
        guard recentReturns.count == recentLengths.count, recentLengths.allSatisfy((0...Int(Int32.max)).contains) else {
            throw SavedValueError(name: "log.recent_lengths", problem: "does not fit log.recent_returns")
        }
        latestReturn = try values.doubles("log.latest_return").first
        if let mean = try values.doubles("log.latest_evaluation").first {
            latestEvaluation = (try values.count("log.latest_evaluation_step"), mean)
        }
        bestEvaluation = try values.doubles("log.best_evaluation").first
    }
}
