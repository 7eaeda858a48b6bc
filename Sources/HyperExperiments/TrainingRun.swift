import FoundationEssentials
import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperTensor

/// One training process: an agent for all seeds, its environments, logs and final weights.
public final class TrainingRun {
    /// How a run ended.
    public struct Outcome: Sendable {
        /// Environment steps done.
        public let steps: Int
        /// Whether all steps were done.
        public let isComplete: Bool
        /// Seeds that ended early because a number was no longer finite, with the reason.
        public let stoppedSeeds: [(seed: UInt32, reason: String)]
        /// Mean return of the last evaluation of each seed that still ran.
        public let finalReturns: [Double]
        public let seconds: Double
    }

    public let configuration: RunConfiguration
    public let folder: RunFolder
    private let agent: any OffPolicyAgent
    private let training: OffPolicyTraining
    private let logs: [SeedLog]
    private let seedFolders: [String]
    private weak var monitor: (any RunMonitor)?
    private let build: BuildIdentity

    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastLog: (step: Int, instant: ContinuousClock.Instant)
    private var intervalRate = 0.0
    private var stopped: [(seed: UInt32, reason: String)] = []
    private var pendingEvaluation: (step: Int, means: [Double]) = (0, [])
    private var latestReturn: Double?

    /// Makes agent, environments and logs, and writes run.json.
    ///
    /// - Parameter pool: The threads that environments are stepped on.
    public init(
        _ configuration: RunConfiguration, folder: RunFolder, backend: any Backend, pool: WorkerPool,
        build: BuildIdentity, monitor: (any RunMonitor)?
    ) throws {
        self.configuration = configuration
        self.folder = folder
        self.build = build
        self.monitor = monitor
        start = clock.now
        lastLog = (0, start)
        let spec = try EnvironmentSpec.named(configuration.environment)
        agent = try Self.makeAgent(configuration, spec, backend: backend)
        let environments = try VectorEnvironment(spec, seeds: configuration.seeds, pool: pool)
        let evaluationEnvironments = try VectorEnvironment(
            spec, seeds: configuration.seeds, lanesPerSeed: configuration.evaluationEpisodes, stream: .evaluation,
            pool: pool)
        let evaluator = Evaluator(
            episodes: configuration.evaluationEpisodes, seedCount: configuration.seeds.count,
            policy: try agent.makePolicy(batch: configuration.evaluationEpisodes),
            environments: evaluationEnvironments)
        seedFolders = try configuration.seeds.map { try folder.makeSeedFolder($0, of: configuration) }
        logs = try seedFolders.map { try SeedLog(folder: $0) }
        let recorder = Recorder()
        observer = recorder
        training = OffPolicyTraining(
            agent: agent, environments: environments, evaluator: evaluator,
            schedule: .init(
                steps: configuration.steps, evaluationInterval: configuration.evaluationInterval,
                logInterval: configuration.logInterval),
            observer: recorder)
        try folder.write(configuration.json(device: backend.device.name, build: build))
        recorder.run = self
    }

    private let observer: Recorder

    static func makeAgent(
        _ configuration: RunConfiguration, _ spec: EnvironmentSpec, backend: any Backend
    ) throws -> any OffPolicyAgent {
        // The ring never needs more rows than there are steps.
        var td3 = configuration.td3
        td3.replayCapacity = min(td3.replayCapacity, configuration.steps)
        return try TD3Agent(
            td3, stateSize: spec.observationSize, actionSize: spec.actionSize,
            actionLimit: spec.actionRange.upperBound, seeds: configuration.seeds, backend: backend)
    }

    /// Trains, then writes the final weights of the seeds that still run.
    public func run() throws -> Outcome {
        try training.run()
        for (index, seed) in configuration.seeds.enumerated() where training.isRunning[index] {
            try WeightsFile.write(
                agent.parameterArenas, of: agent.state, seed: index, seedCount: configuration.seeds.count,
                metadata: [
                    "algorithm": configuration.algorithm, "critic": configuration.td3.critic.rawValue,
                    "environment": configuration.environment, "seed": "\(seed)", "step": "\(training.step)",
                    "version": build.version,
                ], to: "\(seedFolders[index])/weights.safetensors")
        }
        return Outcome(
            steps: training.step, isComplete: training.step == configuration.steps, stoppedSeeds: stopped,
            finalReturns: logs.indices.filter { training.isRunning[$0] }.compactMap { logs[$0].latestEvaluation?.mean },
            seconds: seconds(since: start))
    }

    private func seconds(since instant: ContinuousClock.Instant) -> Double {
        (clock.now - instant) / .seconds(1)
    }
}

/// Takes the training loop's events into the run's logs; apart from the run so that the loop holds no cycle.
private final class Recorder: TrainingObserver {
    weak var run: TrainingRun?

    func trainingDidStep(_ step: Int) -> Bool { run?.didStep(step) ?? false }

    func trainingDidFinishEpisode(seed: Int, step: Int, episodeReturn: Double, length: Int) throws {
        run?.didFinishEpisode(seed, episodeReturn, length)
    }

    func trainingDidLog(step: Int, seed: Int, metrics: [(name: String, value: Float)]) throws {
        try run?.didLog(step, seed, metrics)
    }

    func trainingDidEvaluate(step: Int, seed: Int, evaluation: Evaluation) throws {
        try run?.didEvaluate(step, seed, evaluation)
    }

    func trainingDidStopSeed(_ seed: Int, step: Int, reason: String) { run?.didStopSeed(seed, step, reason) }

    func trainingDidDropTransition(seed: Int, step: Int, reason: String) {
        run?.didDropTransition(seed, step, reason)
    }
}

extension TrainingRun {
    fileprivate func didStep(_ step: Int) -> Bool {
        flushEvaluation()
        return monitor?.runDidStep(step, latestReturn: latestReturn) ?? true
    }

    fileprivate func didFinishEpisode(_ seed: Int, _ episodeReturn: Double, _ length: Int) {
        logs[seed].finishEpisode(return: episodeReturn, length: length)
        let known = logs.compactMap(\.latestReturn)
        latestReturn = known.reduce(0, +) / Double(max(known.count, 1))
    }

    fileprivate func didLog(_ step: Int, _ seed: Int, _ metrics: [(name: String, value: Float)]) throws {
        // All seeds of one interval share one rate.
        if step != lastLog.step {
            let now = clock.now
            intervalRate = Double(step - lastLog.step) / max((now - lastLog.instant) / .seconds(1), 1e-9)
            lastLog = (step, now)
        }
        try logs[seed].log(
            step: step, seconds: seconds(since: start), metrics: metrics, stepsPerSecond: intervalRate)
    }

    fileprivate func didEvaluate(_ step: Int, _ seed: Int, _ evaluation: Evaluation) throws {
        try logs[seed].log(step: step, seconds: seconds(since: start), evaluation: evaluation)
        if pendingEvaluation.step != step { pendingEvaluation = (step, []) }
        pendingEvaluation.means.append(evaluation.mean)
        if evaluation.divergedEpisodes > 0 {
            monitor?.runDidWarn(
                "seed \(configuration.seeds[seed]), step \(step): the simulation diverged in "
                    + "\(evaluation.divergedEpisodes) evaluation episodes")
        }
    }

    private func flushEvaluation() {
        let (step, means) = pendingEvaluation
        guard !means.isEmpty else { return }
        pendingEvaluation.means = []
        let mean = means.reduce(0, +) / Double(means.count)
        let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count)
        latestReturn = mean
        monitor?.runDidEvaluate(
            step: step, mean: mean, standardDeviation: variance.squareRoot(), seeds: means.count)
    }

    fileprivate func didStopSeed(_ seed: Int, _ step: Int, _ reason: String) {
        let number = configuration.seeds[seed]
        stopped.append((number, "step \(step): \(reason)"))
        monitor?.runDidWarn("seed \(number) stopped at step \(step): \(reason)")
    }

    fileprivate func didDropTransition(_ seed: Int, _ step: Int, _ reason: String) {
        monitor?.runDidWarn(
            "seed \(configuration.seeds[seed]), step \(step): the simulation diverged (\(reason)); transition dropped")
    }
}
