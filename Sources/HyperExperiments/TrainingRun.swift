import FoundationEssentials
import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperTensor

/// One training process: an agent for all seeds, its environments, logs, checkpoints and final weights.
public final class TrainingRun {
    /// How a run ended.
    public struct Outcome: Sendable {
        /// Environment steps done.
        public let steps: Int
        /// Whether all steps were done.
        public let isComplete: Bool
        /// Seeds that ended early because a number was no longer finite, with the reason.
        public let stoppedSeeds: [(seed: UInt32, reason: String)]
        /// Mean return of the last evaluation of each seed that still ran, if that evaluation has one.
        public let finalReturns: [Double]
        /// Step of the last checkpoint; nil if there is none.
        public let savedStep: Int?
        /// Checkpoints of all seeds begun by this process, the longest time that training stood still for the copy of
        /// one seed, and how long it stood still for checkpoints in all, in seconds.
        public let checkpoints: (count: Int, longestCopy: Double, totalPause: Double)
        /// Wall-clock seconds of this process's training.
        public let seconds: Double
    }

    public let configuration: RunConfiguration
    public let folder: RunFolder
    let agent: any OffPolicyAgent
    private let training: OffPolicyTraining
    private let checkpointer: Checkpointer
    private let probes: TrainingProbes?
    private let logs: [SeedLog]
    private let files: [SeedFolder]
    private weak var monitor: (any RunMonitor)?
    private let build: BuildIdentity

    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    /// Seconds that earlier processes trained up to the checkpoint.
    private let secondsBefore: Double
    private var lastLog: (step: Int, instant: ContinuousClock.Instant)
    private var intervalRate = 0.0
    private var stopped: [(seed: UInt32, reason: String)] = []
    private var pendingEvaluation: (step: Int, means: [Double]) = (0, [])
    private var latestReturn: Double?
    /// The step of the newest checkpoint that was begun.
    private var begunStep: Int?
    /// Step of the last checkpoint that is in place; nil if there is none.
    public var savedStep: Int? { checkpointer.lastGoodStep }

    /// Begins a run: writes run.json, makes agent, environments and logs.
    ///
    /// - Parameter pool: The threads that environments are stepped on.
    public convenience init(
        _ configuration: RunConfiguration, folder: RunFolder, checkpoints: CheckpointPolicy = .init(),
        writesEvents: Bool = false, probes: ProbePlan? = nil, backend: any Backend, pool: WorkerPool,
        build: BuildIdentity, monitor: (any RunMonitor)?
    ) throws {
        let description = RunDescription(
            configuration, checkpoints: checkpoints, writesEvents: writesEvents, probes: probes,
            device: backend.device.name, build: build)
        // First of all, so that a run that is killed at once can be resumed.
        try folder.write(description)
        try self.init(
            description, seeds: configuration.seeds, folder: folder, plan: nil, backend: backend, pool: pool,
            monitor: monitor)
    }

    /// Goes on with a run; the plan's seeds only.
    public convenience init(
        resuming plan: ResumePlan, backend: any Backend, pool: WorkerPool, build: BuildIdentity,
        monitor: (any RunMonitor)?
    ) throws {
        var description = plan.description
        description.device = backend.device.name
        description.build = build
        try self.init(
            description, seeds: plan.seeds, folder: plan.folder, plan: plan, backend: backend, pool: pool,
            monitor: monitor)
        try folder.write(description)
    }

    private init(
        _ description: RunDescription, seeds: [UInt32], folder: RunFolder, plan: ResumePlan?, backend: any Backend,
        pool: WorkerPool, monitor: (any RunMonitor)?
    ) throws {
        var configuration = description.configuration
        configuration.seeds = seeds
        self.configuration = configuration
        self.folder = folder
        self.monitor = monitor
        build = description.build
        let spec = try configuration.spec()
        agent = try Self.makeAgent(configuration, spec, backend: backend)
        let recorder = Recorder()
        observer = recorder
        let training = try OffPolicyTraining(
            agent: agent, environments: VectorEnvironment(spec, seeds: seeds, pool: pool),
            evaluator: Self.makeEvaluator(configuration, spec, agent: agent, pool: pool),
            schedule: .init(
                steps: configuration.steps, evaluationInterval: configuration.evaluationInterval,
                logInterval: configuration.logInterval),
            observer: recorder)
        self.training = training
        let agent = self.agent
        let values = try plan?.checkpoints?.enumerated().map { index, checkpoint in
            try Self.load(checkpoint, into: agent, training: training, seed: index)
        }
        // Only now that everything has been loaded is anything in the folder changed.
        try plan?.apply()
        files = try seeds.map { try folder.makeSeedFolder($0, of: configuration) }
        logs = try files.map { files in
            let events =
                description.writesEvents
                ? EventLog(files, step: plan?.step ?? 0) { [weak monitor] in monitor?.runDidWarn($0) } : nil
            return try SeedLog(files, metrics: configuration.agent.metrics.map(\.rawValue), events: events)
        }
        // The names of new logs must survive a power cut before a checkpoint counts on them.
        for files in files { try Folder.flush(files.path) }
        for (log, values) in zip(logs, values ?? []) { try log.restore(from: values) }
        secondsBefore = plan?.checkpoints?.first?.manifest.seconds ?? 0
        checkpointer = try Checkpointer(
            description, agent: agent, folders: files, lock: folder.lock, saved: plan?.checkpoints?.map(\.manifest))
        let step = plan.flatMap { $0.step > 0 ? $0.step : nil }
        begunStep = step
        let folders = files
        probes = try description.probes.map { probes in
            try TrainingProbes(
                probes, agent: agent, spec: spec, files: folders,
                resumed: step.flatMap { step in values?.first.map { (step: step, values: $0) } }, pool: pool)
        }
        start = clock.now
        lastLog = (training.step, start)
        recorder.run = self
    }

    private let observer: Recorder

    static func makeAgent(
        _ configuration: RunConfiguration, _ spec: EnvironmentSpec, backend: any Backend
    ) throws -> any OffPolicyAgent {
        // The ring never needs more rows than there are steps.
        var settings = configuration.agent
        settings.replayCapacity = min(settings.replayCapacity, configuration.steps)
        return try settings.makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: spec.actionRange.upperBound,
            seeds: configuration.seeds, backend: backend)
    }

    private static func makeEvaluator(
        _ configuration: RunConfiguration, _ spec: EnvironmentSpec, agent: any OffPolicyAgent, pool: WorkerPool
    ) throws -> Evaluator {
        let environments = try VectorEnvironment(
            spec, seeds: configuration.seeds, lanesPerSeed: configuration.evaluationEpisodes, stream: .evaluation,
            pool: pool)
        return Evaluator(
            episodes: configuration.evaluationEpisodes, seedCount: configuration.seeds.count,
            policy: try agent.makePolicy(batch: configuration.evaluationEpisodes), environments: environments)
    }

    /// Puts a verified checkpoint into the agent; gives the values that the logs take.
    private static func load(
        _ checkpoint: StoredCheckpoint, into agent: any OffPolicyAgent, training: OffPolicyTraining, seed: Int
    ) throws -> SavedValues {
        do {
            let values = try checkpoint.readValues()
            try checkpoint.load(agent.savedArenas, into: agent.state, seed: seed, seedCount: agent.seeds.count)
            try checkpoint.load(into: agent.replay, seed: seed)
            try training.restore(seed, from: values)
            return values
        } catch let error as SavedValueError {
            throw FormatError(path: checkpoint.statePath, problem: error.description)
        } catch let error as EnvironmentError {
            throw FormatError(path: checkpoint.statePath, problem: error.description)
        }
    }

    /// Trains to the end or until the monitor ends it; then saves.
    ///
    /// The last checkpoint of a complete run comes after its weights, so a complete run has both.
    ///
    /// - Throws: `FileWriteError` if a checkpoint cannot be written, unless the run goes on without.
    public func run() throws -> Outcome {
        // Whatever ends the run, a checkpoint that is being written is worth its moment.
        defer { checkpointer.wait() }
        // First the probes of the step that the run begins at, or was broken off at.
        if try runProbes(at: training.step) { try training.run() }
        flushEvaluation()
        if training.isRunning.contains(true) {
            // Weights are the result; those since the last log interval have not been looked at.
            try training.stopSeedsWithBadNumbers()
            if isComplete { try writeWeights() }
            try save()
            checkpointer.wait()
            try handleWriterResults()
        }
        // Rows that waited for space are part of the result.
        for log in logs { try log.flush() }
        return Outcome(
            steps: training.step, isComplete: isComplete, stoppedSeeds: stopped,
            finalReturns: logs.indices.filter { training.isRunning[$0] }.compactMap { logs[$0].latestEvaluation?.mean },
            savedStep: savedStep,
            checkpoints: (
                checkpointer.statistics.count, checkpointer.statistics.longestCopy, checkpointer.statistics.totalPause
            ),
            seconds: seconds(since: start))
    }

    /// Whether nothing is left to do.
    private var isComplete: Bool { training.isComplete && probes?.due(at: training.step).isEmpty ?? true }

    /// Makes the probes that are due; false if they were stopped.
    private func runProbes(at step: Int) throws -> Bool {
        guard let probes, training.isRunning.contains(true) else { return true }
        return try probes.run(at: step, isRunning: training.isRunning, shouldStop: { shouldStop }) {
            monitor?.runDidProbe(step: step, summary: $0)
        }
    }

    /// The final weights of the seeds that still run.
    private func writeWeights() throws {
        try folder.lock.checkPlace()
        for (index, seed) in configuration.seeds.enumerated() where training.isRunning[index] {
            try WeightsFile.write(
                agent.parameterArenas, of: agent.state, seed: index, seedCount: configuration.seeds.count,
                metadata: [
                    "algorithm": configuration.algorithm, "critic": configuration.agent.critic.rawValue,
                    "environment": configuration.environment, "seed": "\(seed)", "step": "\(training.step)",
                    "version": build.version,
                ], to: files[index].weights)
        }
    }

    private func seconds(since instant: ContinuousClock.Instant) -> Double {
        (clock.now - instant) / .seconds(1)
    }
}

// MARK: Checkpoints

extension TrainingRun {
    /// Begins a checkpoint of the present step, unless there is one.
    private func save() throws {
        // Step 0 is what the configuration says; a complete run may have been saved before its last evaluation.
        guard training.step > 0, begunStep != training.step || training.isComplete else { return }
        // A checkpoint vouches for the logs up to its step.
        let hasLogs = try goingOn(otherwise: "no checkpoint of step \(training.step) is written") {
            for log in logs { try log.flush() }
        }
        guard hasLogs else { return }
        begunStep = training.step
        let seconds = secondsBefore + seconds(since: start)
        try checkpointer.save(step: training.step, seconds: seconds, isRunning: training.isRunning) { seed in
            var values = SavedValues()
            try training.save(seed, into: &values)
            logs[seed].save(into: &values)
            probes?.save(at: training.step, into: &values)
            return values
        }
    }

    /// Stops seeds in whose copies a number was not finite; throws or tells what could not be written.
    private func handleWriterResults() throws {
        for bad in checkpointer.takeBadSeeds() { try training.stop(bad.seed, bad.reason) }
        guard let failure = checkpointer.takeFailure() else { return }
        try goingOn(otherwise: "the last checkpoint stays") { throw failure }
    }

    /// Does something that writes; if it fails and the run is to go on, tells so.
    ///
    /// - Parameter consequence: What the failure means.
    /// - Returns: Whether it was done.
    @discardableResult
    private func goingOn(otherwise consequence: String, _ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return true
        } catch  where checkpointer.continuesAfterFailure {
            monitor?.runDidWarn("\(error); training goes on, \(consequence)")
            return false
        }
    }
}

/// Takes the training loop's events into the run's logs; apart from the run so that the loop holds no cycle.
private final class Recorder: TrainingObserver {
    weak var run: TrainingRun?

    func trainingDidStep(_ step: Int) throws -> Bool { try run?.didStep(step) ?? false }

    func trainingShouldStop() -> Bool { run?.shouldStop ?? true }

    func trainingDidFinishEpisode(seed: Int, step: Int, episodeReturn: Double, length: Int) throws {
        run?.didFinishEpisode(seed, episodeReturn, length)
    }

    func trainingDidLog(step: Int, seed: Int, metrics: [(name: String, value: Float)]) throws {
        try run?.didLog(step, seed, metrics)
    }

    func trainingDidEvaluate(step: Int, seed: Int, evaluation: Evaluation) throws {
        try run?.didEvaluate(step, seed, evaluation)
    }

    func trainingDidStopSeed(_ seed: Int, step: Int, reason: String) throws { try run?.didStopSeed(seed, step, reason) }

    func trainingDidDropTransition(seed: Int, step: Int, reason: String) {
        run?.didDropTransition(seed, step, reason)
    }
}

extension TrainingRun {
    fileprivate var shouldStop: Bool { monitor?.runShouldStop() ?? false }

    fileprivate func didStep(_ step: Int) throws -> Bool {
        flushEvaluation()
        try checkpointer.didStep(isRunning: training.isRunning)
        try handleWriterResults()
        let isProbed = try runProbes(at: step)
        // The checkpoint of the last step comes with the weights.
        if step < configuration.steps, !training.isEvaluationDue, checkpointer.isDue(at: step) {
            try training.stopSeedsWithBadLosses()
            try save()
        }
        monitor?.runDidStep(step, latestReturn: latestReturn)
        return isProbed && !shouldStop
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
        logs[seed].log(
            step: step, seconds: secondsBefore + seconds(since: start), metrics: metrics, stepsPerSecond: intervalRate)
        try goingOn(otherwise: "the rows are written later") { try logs[seed].flush() }
    }

    fileprivate func didEvaluate(_ step: Int, _ seed: Int, _ evaluation: Evaluation) throws {
        let best = logs[seed].log(
            step: step, seconds: secondsBefore + seconds(since: start), evaluation: evaluation)
        try goingOn(otherwise: "the rows are written later") { try logs[seed].flush() }
        if let best { try checkpointer.saveBest(seed, step: step, evaluation: best) }
        if pendingEvaluation.step != step { pendingEvaluation = (step, []) }
        if let mean = evaluation.mean { pendingEvaluation.means.append(mean) }
        if evaluation.divergedEpisodes > 0 {
            monitor?.runDidWarn(
                "seed \(configuration.seeds[seed]), step \(step): the simulation diverged in \(evaluation.divergedEpisodes) "
                    + "of \(evaluation.returns.count) evaluation episodes, which have no return")
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

    /// Freezes the seed at its last good checkpoint.
    fileprivate func didStopSeed(_ seed: Int, _ step: Int, _ reason: String) throws {
        let number = configuration.seeds[seed]
        // A copy that is being written now may still turn out good.
        checkpointer.wait()
        let good = files[seed].steps().last
        // Without the note a resumed run meets the number again.
        try goingOn(otherwise: "the seed stays frozen") {
            try FrozenSeed(step: step, reason: reason, checkpoint: good).write(to: files[seed].frozen)
        }
        let place =
            good.map { "its last good checkpoint is step \($0), \(files[seed].checkpoint($0))" }
            ?? "it has no good checkpoint"
        stopped.append((number, "step \(step): \(reason); \(place)"))
        monitor?.runDidWarn("seed \(number) is frozen at step \(step): \(reason); \(place)")
    }

    fileprivate func didDropTransition(_ seed: Int, _ step: Int, _ reason: String) {
        monitor?.runDidWarn(
            "seed \(configuration.seeds[seed]), step \(step): the simulation diverged (\(reason)); transition dropped")
    }
}
