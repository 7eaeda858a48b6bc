import HyperAgents
import HyperFormats

/// The logs of one seed: `progress.csv`, a row for each log interval and each evaluation, and `evaluations.csv`, a row
/// for each evaluation episode; on request also TensorBoard's events. docs/metrics.md explains every column and tag.
final class SeedLog {
    /// Losses and means that the algorithm tells; a column each.
    private let metrics: [String]
    private let progress: CSVWriter
    private let evaluations: CSVWriter
    private let events: EventLog?
    /// Episodes that ended since the run began.
    private(set) var episodes = 0
    /// Returns and lengths of the episodes that ended since the last row.
    private var recentReturns: [Double] = []
    private var recentLengths: [Int] = []
    /// The latest known return, of an evaluation if there was one.
    private(set) var latestReturn: Double?
    /// Nil before the first evaluation, and after one in which the simulation finished no episode.
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
    init(_ files: SeedFolder, metrics: [String], events: EventLog? = nil) throws {
        self.metrics = metrics
        self.events = events
        progress = try CSVWriter(path: files.progress, columns: Self.columns(metrics: metrics))
        evaluations = try CSVWriter(path: files.evaluations, columns: ["step", "episode", "return", "length"])
    }

    func finishEpisode(return episodeReturn: Double, length: Int) {
        episodes += 1
        recentReturns.append(episodeReturn)
        recentLengths.append(length)
        if latestEvaluation == nil { latestReturn = episodeReturn }
    }

    /// Adds a row of the log interval: means over the episodes that ended in it.
    func log(step: Int, seconds: Double, metrics: [(name: String, value: Float)], stepsPerSecond: Double) {
        for metric in metrics {
            precondition(self.metrics.contains(metric.name), "SeedLog: there is no column for \(metric.name)")
        }
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
        progress.add(fields + [.double(stepsPerSecond)])
        events?.write(
            step: step,
            [
                ("rollout/ep_rew_mean", hasEpisodes ? recentReturns.reduce(0, +) / count : nil),
                ("rollout/ep_len_mean", hasEpisodes ? Double(recentLengths.reduce(0, +)) / count : nil),
            ] + metrics.map { ("train/\($0.name)", Double($0.value)) } + [("time/fps", stepsPerSecond)])
        recentReturns.removeAll(keepingCapacity: true)
        recentLengths.removeAll(keepingCapacity: true)
    }

    /// Adds the rows of an evaluation; fields of what it has not stay empty.
    ///
    /// - Returns: Its mean, if it is the best so far.
    func log(step: Int, seconds: Double, evaluation: Evaluation) -> Double? {
        func field(_ value: Double?) -> CSVField { value.map { .double($0) } ?? .missing }
        latestReturn = evaluation.mean ?? latestReturn
        latestEvaluation = evaluation.mean.map { (step, $0) }
        let before: [CSVField] = [.integer(step), .double(seconds), .integer(episodes), .missing, .missing]
        let result = [field(evaluation.mean), field(evaluation.standardDeviation)]
        let after = [CSVField](repeating: .missing, count: metrics.count + 1)
        progress.add(before + result + after)
        for (episode, value) in evaluation.returns.enumerated() {
            evaluations.add([
                .integer(step), .integer(episode), field(value), .integer(evaluation.lengths[episode]),
            ])
        }
        events?.write(
            step: step, [("eval/mean_reward", evaluation.mean), ("eval/mean_ep_length", evaluation.meanLength)])
        guard let mean = evaluation.mean, mean.isFinite, mean > bestEvaluation ?? -.infinity else { return nil }
        bestEvaluation = mean
        return mean
    }

    /// Writes the rows that were added.
    ///
    /// - Throws: `FileWriteError`; what could not be written waits for the next call.
    func flush() throws {
        try progress.flush()
        try evaluations.flush()
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
