import HyperAgents
import HyperFormats
import HyperStatistics

/// The logs of all seeds of a run, and the clock that their rows tell.
final class RunRecorder {
    private let trainer: any Trainer
    private let logs: [SeedLog]
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    /// Seconds that earlier processes trained up to the checkpoint.
    private let secondsBefore: Double
    private var lastLog: (completed: Int, instant: ContinuousClock.Instant)
    /// Mean over seeds of the latest evaluations, or of the latest episodes before the first.
    private(set) var latestReturn: Double?

    /// - Parameters:
    ///   - logs: One for each seed.
    ///   - secondsBefore: Seconds that earlier processes trained up to the checkpoint.
    init(_ trainer: any Trainer, logs: [SeedLog], secondsBefore: Double) {
        self.trainer = trainer
        self.logs = logs
        self.secondsBefore = secondsBefore
        start = clock.now
        lastLog = (trainer.completed, start)
    }

    /// Wall-clock seconds of this process's training.
    var ownSeconds: Double { (clock.now - start) / .seconds(1) }

    /// Wall-clock seconds of training in all.
    var seconds: Double { secondsBefore + ownSeconds }

    private func moment(_ position: Int) -> LogMoment {
        LogMoment(step: trainer.environmentSteps(of: position), completed: trainer.completed, seconds: seconds)
    }

    func finishEpisode(_ episode: TrainingEvents.Episode) {
        logs[episode.position].finishEpisode(return: episode.episodeReturn, length: episode.length)
        latestReturn = Statistics.mean(logs.compactMap(\.latestReturn))
    }

    /// Adds a row of the log interval for each running seed.
    func log(metrics: [(name: String, values: [Float])]) {
        let now = clock.now
        // All seeds of one interval share one rate.
        let seconds = max((now - lastLog.instant) / .seconds(1), 1e-9)
        let rate = Double(trainer.completed - lastLog.completed) / seconds
        lastLog = (trainer.completed, now)
        for (position, log) in logs.enumerated() where trainer.isRunning[position] {
            log.log(
                moment(position), metrics: metrics.map { (name: $0.name, value: $0.values[position]) },
                stepsPerSecond: rate)
        }
    }

    /// Adds the rows of an evaluation.
    ///
    /// - Returns: Its mean, if it is the seed's best so far.
    func log(_ evaluation: SeedEvaluation) -> Double? {
        logs[evaluation.position].log(moment(evaluation.position), evaluation)
    }

    /// Takes over the mean of an evaluation of all seeds.
    func noteEvaluation(mean: Double) { latestReturn = mean }

    /// Mean of the last evaluation of each seed that still runs, if that evaluation has one.
    var finalReturns: [Double] {
        logs.indices.filter { trainer.isRunning[$0] }.compactMap { logs[$0].latestEvaluation?.mean }
    }

    /// Writes the rows that were added.
    ///
    /// - Throws: `FileWriteError`; what could not be written waits for the next call.
    func flush() throws {
        for log in logs { try log.flush() }
    }

    func save(_ position: Int, into values: inout SavedValues) { logs[position].save(into: &values) }
}
