import HyperAgents
import HyperFormats

/// The logs of one seed: `progress.csv`, a row for each log interval and each evaluation, and `evaluations.csv`, a row
/// for each evaluation episode; on request also TensorBoard's events. docs/metrics.md explains every column and tag.
final class SeedLog {
    private let columns: LogColumns
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

    /// Opens the logs to add rows; makes them if they are missing.
    init(_ files: SeedFolder, _ columns: LogColumns, events: EventLog? = nil) throws {
        self.columns = columns
        self.events = events
        progress = try CSVWriter(path: files.progress, columns: columns.progress)
        evaluations = try CSVWriter(path: files.evaluations, columns: columns.evaluations)
    }

    /// What every row begins with.
    private func place(_ moment: LogMoment) -> [CSVField] {
        let unit: [CSVField] = columns.countsIterations ? [.integer(moment.completed)] : []
        return [.integer(moment.step)] + unit + [.double(moment.seconds), .integer(episodes)]
    }

    func finishEpisode(return episodeReturn: Double, length: Int) {
        episodes += 1
        recentReturns.append(episodeReturn)
        recentLengths.append(length)
        if latestEvaluation == nil { latestReturn = episodeReturn }
    }

    /// Adds a row of the log interval: means over the episodes that ended in it.
    func log(_ moment: LogMoment, metrics: [(name: String, value: Float)], stepsPerSecond: Double) {
        for metric in metrics {
            precondition(columns.metrics.contains(metric.name), "SeedLog: there is no column for \(metric.name)")
        }
        let count = Double(recentReturns.count)
        let hasEpisodes = !recentReturns.isEmpty
        var fields = place(moment)
        fields += [
            hasEpisodes ? .double(recentReturns.reduce(0, +) / count) : .missing,
            hasEpisodes ? .double(Double(recentLengths.reduce(0, +)) / count) : .missing,
        ]
        fields += [CSVField](repeating: .missing, count: 2 * columns.series.count)
        for column in columns.metrics {
            fields.append(metrics.first { $0.name == column }.map { .double(Double($0.value)) } ?? .missing)
        }
        progress.add(fields + [.double(stepsPerSecond)])
        events?.write(
            step: moment.step,
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
    func log(_ moment: LogMoment, _ evaluation: SeedEvaluation) -> Double? {
        func field(_ value: Double?) -> CSVField { value.map { .double($0) } ?? .missing }
        let deciding = evaluation.deciding
        latestReturn = deciding.mean ?? latestReturn
        latestEvaluation = deciding.mean.map { (moment.completed, $0) }
        let results = evaluation.series.flatMap { [field($0.episodes.mean), field($0.episodes.standardDeviation)] }
        let after = [CSVField](repeating: .missing, count: columns.metrics.count + 1)
        progress.add(place(moment) + [.missing, .missing] + results + after)
        for series in evaluation.series {
            for (task, episodes) in series.tasks.enumerated() {
                for (episode, value) in episodes.returns.enumerated() {
                    let row = columns.series.count > 1 ? [CSVField.text(series.name), .integer(task)] : []
                    evaluations.add(
                        [.integer(moment.step)] + row
                            + [.integer(episode), field(value), .integer(episodes.lengths[episode])])
                }
            }
        }
        events?.write(
            step: moment.step,
            [("eval/mean_reward", deciding.mean), ("eval/mean_ep_length", deciding.meanLength)]
                + evaluation.series.dropFirst().map { ("eval/\($0.name)_mean_reward", $0.episodes.mean) })
        guard let mean = deciding.mean, mean.isFinite, mean > bestEvaluation ?? -.infinity else { return nil }
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
