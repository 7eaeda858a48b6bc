import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperTensor

/// How long a run will take on this machine: seconds of each kind of its work, and of the whole. Checkpoints and probes come on top.
public struct RunEstimate: Hashable, Sendable {
    /// Wall-clock seconds of each kind of work once, in the algorithm's order (`AlgorithmConfiguration.work`). Storing and logging
    /// are part of them.
    public let seconds: [Double]

    init(seconds: [Double]) { self.seconds = seconds }

    /// Seconds of a run that differs from the measured one in its length, in what begins when, and in the interval of
    /// evaluations alone.
    ///
    /// - Parameter done: Progress units that are behind it, with their evaluations.
    public func seconds(of configuration: RunConfiguration, after done: Int = 0) -> Double {
        zip(configuration.work(after: done), seconds).reduce(0) { $0 + Double($1.0.count) * $1.1 }
    }

    /// Measures for about `budget` seconds, on networks and environments of its own.
    public init(
        _ configuration: RunConfiguration, backend: any Backend, pool: WorkerPool, budget: Double = 1
    ) throws {
        let trial = try configuration.agent.base.makeTrial(
            TrainingContext(
                spec: try configuration.spec(), seeds: configuration.seeds, length: configuration.steps,
                evaluationEpisodes: configuration.evaluationEpisodes, backend: backend, pool: pool))
        let stopwatch = Stopwatch(trial: trial, shortest: budget / 5)
        seconds = try trial.kinds.map { try stopwatch.secondsOfOne($0) }
    }
}

/// Times kinds of work.
private struct Stopwatch {
    let trial: any WorkTrial
    /// Seconds that are enough for a mean.
    let shortest: Double
    private let clock = ContinuousClock()

    init(trial: any WorkTrial, shortest: Double) {
        self.trial = trial
        self.shortest = shortest
    }

    /// Seconds of a kind of work, `count` times.
    private func seconds(_ count: Int, _ kind: WorkKind) throws -> Double {
        let start = clock.now
        for _ in 0..<count { try kind.perform() }
        // What is still under way belongs to it.
        try trial.finish()
        return (clock.now - start) / .seconds(1)
    }

    /// Mean seconds of one, over whole periods; the first period sets up what is made at first use.
    func secondsOfOne(_ kind: WorkKind) throws -> Double {
        _ = try seconds(kind.period, kind)
        if let limit = kind.limit { return try seconds(limit, kind) / Double(limit) }
        var (count, next, total) = (0, kind.period, 0.0)
        repeat {
            total += try seconds(next, kind)
            count += next
            next *= 2
        } while total < shortest
        return total / Double(count)
    }
}
