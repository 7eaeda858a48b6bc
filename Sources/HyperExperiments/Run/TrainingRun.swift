import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperStatistics
import HyperTensor

/// One training process: a trainer for all seeds, its logs, evaluations, probes, checkpoints and final weights.
///
/// The run pulls pieces of training, and between them does what is due (`nextDuty`). Nothing calls back into it.
public final class TrainingRun {
    /// How a run ended.
    public struct Outcome: Sendable {
        /// Progress units done: environment steps or iterations.
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
    /// What is trained, one piece after the other.
    public let trainer: any Trainer
    private let description: RunDescription
    private let evaluator: any PolicyEvaluator
    private let watch: NumberWatch
    private let probes: TrainingProbes?
    private let checkpointer: Checkpointer
    private let recorder: RunRecorder
    private let files: [SeedFolder]
    private weak var monitor: (any RunMonitor)?

    private var agenda: Agenda
    private var events = TrainingEvents()
    private var stopped: [(seed: UInt32, reason: String)] = []
    /// The unit of the newest checkpoint that was begun.
    private var begunCheckpoint: Int?
    /// Where the person who watches was last told of.
    private var toldPosition: (completed: Int, fraction: Double)
    /// Step of the last checkpoint that is in place; nil if there is none.
    public var savedStep: Int? { checkpointer.lastGoodStep }

    // MARK: Making one

    /// Begins a run: writes run.json, makes trainer and logs.
    ///
    /// - Parameter pool: The threads that environments are stepped on.
    public convenience init(
        _ configuration: RunConfiguration, folder: RunFolder, checkpoints: CheckpointPolicy = .init(),
        writesEvents: Bool = false, probes: ProbePlan? = nil, backend: any Backend, pool: WorkerPool,
        build: BuildIdentity, monitor: (any RunMonitor)?
    ) throws {
        let description = RunDescription(
            configuration, checkpoints: checkpoints, writesEvents: writesEvents, probes: probes,
            device: backend.device.name, tuning: backend.device.tuning, build: build)
        // First of all, so that a run that is killed at once can be resumed.
        try folder.write(description)
        try self.init(
            description, seeds: configuration.seeds, folder: folder, plan: nil, backend: backend, pool: pool,
            monitor: monitor)
    }

    /// Goes on with a run; the plan's seeds only.
    ///
    /// - Throws: `ResumeError` if the device computes with another tuning than the checkpoints', unless the plan allows it.
    public convenience init(
        resuming plan: ResumePlan, backend: any Backend, pool: WorkerPool, build: BuildIdentity,
        monitor: (any RunMonitor)?
    ) throws {
        var description = plan.description
        let retuning = try plan.retuning(on: backend.device)
        description.device = backend.device.name
        description.tuning = backend.device.tuning
        if retuning != nil, !description.retunedSteps.contains(plan.step) {
            description.retunedSteps = (description.retunedSteps + [plan.step]).sorted()
        }
        description.build = build
        try self.init(
            description, seeds: plan.seeds, folder: plan.folder, plan: plan, retuning: retuning, backend: backend,
            pool: pool, monitor: monitor)
        try folder.write(description)
        if let retuning { monitor?.runDidWarn(retuning) }
    }

    private init(
        _ description: RunDescription, seeds: [UInt32], folder: RunFolder, plan: ResumePlan?, retuning: String? = nil,
        backend: any Backend, pool: WorkerPool, monitor: (any RunMonitor)?
    ) throws {
        var configuration = description.configuration
        configuration.seeds = seeds
        self.configuration = configuration
        self.description = description
        self.folder = folder
        self.monitor = monitor
        let spec = try configuration.spec()
        let trainer = try configuration.agent.base.makeTrainer(
            TrainingContext(
                spec: spec, seeds: seeds, length: configuration.steps,
                evaluationEpisodes: configuration.evaluationEpisodes, backend: backend, pool: pool))
        self.trainer = trainer
        evaluator = try trainer.makeEvaluator()
        watch = try NumberWatch(trainer)
        let values = try plan?.checkpoints?.enumerated().map { try $1.load(into: trainer, position: $0) }
        // Only now that everything has been loaded is anything in the folder changed.
        try plan?.apply()
        let files = try seeds.map { try folder.makeSeedFolder($0, of: configuration) }
        self.files = files
        let columns = LogColumns(configuration.agent)
        let logs = try files.map { files in
            let events =
                description.writesEvents
                ? EventLog(files, step: plan?.step ?? 0, remark: retuning) { [weak monitor] in monitor?.runDidWarn($0) }
                : nil
            return try SeedLog(files, columns, events: events)
        }
        // The names of new logs must survive a power cut before a checkpoint counts on them.
        for files in files { try Folder.flush(files.path) }
        for (log, values) in zip(logs, values ?? []) { try log.restore(from: values) }
        checkpointer = try Checkpointer(
            description, learner: trainer.learner, folders: files, lock: folder.lock,
            saved: plan?.checkpoints?.map(\.manifest))
        let resumed = values?.first
        agenda = try Agenda(configuration, completed: trainer.completed, resumed: resumed)
        begunCheckpoint = resumed == nil ? nil : trainer.completed
        toldPosition = (trainer.completed, trainer.fraction)
        probes = try description.probes.map { probes in
            try TrainingProbes(
                probes, views: trainer.probeViews, spec: spec, files: files,
                resumed: resumed.map { (step: trainer.completed, values: $0) }, pool: pool)
        }
        recorder = RunRecorder(
            trainer, logs: logs, secondsBefore: plan?.checkpoints?.first?.manifest.seconds ?? 0)
    }

    // MARK: The loop

    /// Something to be done next.
    private enum Duty {
        case log, evaluation, probes, checkpoint, telling, training
    }

    /// What is due where the training stands; nil if nothing is left to do.
    private var nextDuty: Duty? {
        let completed = trainer.completed
        if trainer.fraction == 0 {
            if agenda.isLogDue(at: completed) { return .log }
            guard trainer.isRunning.contains(true) else { return nil }
            if agenda.isEvaluationDue(at: completed) { return .evaluation }
            if let probes, !probes.due(at: completed).isEmpty { return .probes }
            // The checkpoint of the last unit comes with the weights.
            if completed < configuration.steps, checkpointer.isDue(at: completed) { return .checkpoint }
        }
        if toldPosition != (completed, trainer.fraction) { return .telling }
        guard trainer.isRunning.contains(true) else { return nil }
        return completed < configuration.steps ? .training : nil
    }

    private var shouldStop: Bool { monitor?.runShouldStop() ?? false }

    /// Trains to the end or until the monitor ends it; then saves.
    ///
    /// The last checkpoint of a complete run comes after its weights, so a complete run has both.
    ///
    /// - Throws: `FileWriteError` if a checkpoint cannot be written, unless the run goes on without.
    public func run() throws -> Outcome {
        // Whatever ends the run, a checkpoint that is being written is worth its moment.
        defer { checkpointer.wait() }
        while let duty = nextDuty {
            // A row of the logs is part of its step: a checkpoint that is taken now counts on it.
            if duty != .log, shouldStop { break }
            switch duty {
            case .log: try log()
            case .evaluation: try evaluate()
            case .probes: try makeProbes()
            case .checkpoint:
                for bad in try watch.badLosses() { try freeze(bad) }
                try save()
            case .telling: tell()
            case .training: try train()
            }
        }
        // What was done of a unit is done again by whoever goes on.
        try trainer.rewind()
        if trainer.isRunning.contains(true) {
            // Weights are the result; those since the last log interval have not been looked at.
            for bad in try watch.badNumbers() { try freeze(bad) }
            if isComplete { try writeWeights() }
            try save()
            checkpointer.wait()
            try handleWriterResults()
        }
        // Rows that waited for space are part of the result.
        try recorder.flush()
        let statistics = checkpointer.statistics
        return Outcome(
            steps: trainer.completed, isComplete: isComplete, stoppedSeeds: stopped,
            finalReturns: recorder.finalReturns, savedStep: savedStep,
            checkpoints: (statistics.count, statistics.longestCopy, statistics.totalPause),
            seconds: recorder.ownSeconds)
    }

    /// Whether nothing is left to do.
    private var isComplete: Bool {
        let completed = trainer.completed
        return completed == configuration.steps && !agenda.isEvaluationDue(at: completed)
            && probes?.due(at: completed).isEmpty ?? true
    }

    // MARK: Duties

    private func train() throws {
        events.removeAll()
        guard try trainer.perform(into: &events, shouldStop: { shouldStop }) == .done else { return }
        for drop in events.drops {
            monitor?.runDidWarn(
                "seed \(configuration.seeds[drop.position]), step \(drop.completed): the simulation diverged "
                    + "(\(drop.reason)); transition dropped")
        }
        for episode in events.episodes { recorder.finishEpisode(episode) }
        for stop in events.stops { try freeze(stop.position, at: stop.completed, stop.reason) }
        try checkpointer.collectExperience(isRunning: trainer.isRunning)
        try handleWriterResults()
    }

    private func log() throws {
        let metrics = try trainer.latestMetrics()
        for bad in try watch.badNumbers() { try freeze(bad) }
        recorder.log(metrics: metrics)
        agenda.noteLog(at: trainer.completed)
        try write(ifItFails: "the rows are written later") { try recorder.flush() }
    }

    private func evaluate() throws {
        let completed = trainer.completed
        let result = try evaluator.evaluate(
            round: agenda.evaluationRound(at: completed), isIncluded: { trainer.isRunning[$0] },
            shouldStop: { shouldStop })
        guard case .done(let evaluations) = result else { return }
        agenda.noteEvaluation(at: completed)
        for evaluation in evaluations {
            let best = recorder.log(evaluation)
            try write(ifItFails: "the rows are written later") { try recorder.flush() }
            if let best { try checkpointer.saveBest(evaluation.position, step: completed, evaluation: best) }
            if evaluation.divergedEpisodes > 0 {
                monitor?.runDidWarn(
                    "seed \(configuration.seeds[evaluation.position]), step \(completed): the simulation diverged in "
                        + "\(evaluation.divergedEpisodes) of \(evaluation.episodeCount) evaluation episodes, "
                        + "which have no return")
            }
        }
        let means = evaluations.compactMap(\.deciding.mean)
        guard let mean = Statistics.mean(means), let deviation = Statistics.standardDeviation(means) else { return }
        recorder.noteEvaluation(mean: mean)
        monitor?.runDidEvaluate(step: completed, mean: mean, standardDeviation: deviation, seeds: means.count)
    }

    /// Makes the probes that are due; what is stopped on its way remains due.
    private func makeProbes() throws {
        let completed = trainer.completed
        _ = try probes?.run(at: completed, isRunning: trainer.isRunning, shouldStop: { shouldStop }) {
            monitor?.runDidProbe(step: completed, summary: $0)
        }
    }

    private func tell() {
        toldPosition = (trainer.completed, trainer.fraction)
        monitor?.runDidStep(
            trainer.completed, fraction: trainer.fraction, latestReturn: recorder.latestReturn)
    }

    /// The final weights of the seeds that still run.
    private func writeWeights() throws {
        try folder.lock.checkPlace()
        var metadata = description.weightsMetadata
        metadata["step"] = "\(trainer.completed)"
        for (index, seed) in configuration.seeds.enumerated() where trainer.isRunning[index] {
            metadata["seed"] = "\(seed)"
            try WeightsFile.write(
                trainer.learner.weightArenas, of: trainer.learner.state, position: index,
                seedCount: configuration.seeds.count, metadata: metadata, to: files[index].weights)
        }
    }
}

// MARK: Checkpoints

extension TrainingRun {
    /// Begins a checkpoint of where the training stands, unless there is one.
    private func save() throws {
        let completed = trainer.completed
        // At 0 it is what the configuration says; a complete run may have been saved before its last evaluation.
        guard completed > 0 || trainer.fraction > 0, begunCheckpoint != completed || completed == configuration.steps
        else { return }
        // A checkpoint vouches for the logs up to its step.
        let hasLogs = try write(ifItFails: "no checkpoint of step \(completed) is written") { try recorder.flush() }
        guard hasLogs else { return }
        begunCheckpoint = completed
        try checkpointer.save(step: completed, seconds: recorder.seconds, isRunning: trainer.isRunning) { position in
            var values = SavedValues()
            try trainer.save(position, into: &values)
            agenda.save(at: completed, into: &values)
            recorder.save(position, into: &values)
            probes?.save(at: completed, into: &values)
            return values
        }
    }

    /// Stops seeds in whose copies a number was not finite; throws or tells what could not be written.
    private func handleWriterResults() throws {
        for bad in checkpointer.takeBadSeeds() where trainer.isRunning[bad.position] { try freeze(bad) }
        guard let failure = checkpointer.takeFailure() else { return }
        try write(ifItFails: "the last checkpoint stays") { throw failure }
    }

    /// Takes a seed out of the run, at its last good checkpoint.
    private func freeze(_ bad: NumberWatch.Finding) throws {
        trainer.stop(bad.position)
        try freeze(bad.position, at: trainer.completed, bad.reason)
    }

    /// Notes that a seed was taken out of the run.
    private func freeze(_ position: Int, at step: Int, _ reason: String) throws {
        let (seed, files) = (configuration.seeds[position], files[position])
        // A copy that is being written now may still turn out good.
        checkpointer.wait()
        let good = files.steps().last
        // Without the note a resumed run meets the number again.
        try write(ifItFails: "the seed stays frozen") {
            try FrozenSeed(step: step, reason: reason, checkpoint: good).write(to: files.frozen)
        }
        let place =
            good.map { "its last good checkpoint is step \($0), \(files.checkpoint($0))" }
            ?? "it has no good checkpoint"
        stopped.append((seed, "step \(step): \(reason); \(place)"))
        monitor?.runDidWarn("seed \(seed) is frozen at step \(step): \(reason); \(place)")
    }

    /// Writes something; if that fails and the run is to go on, tells so.
    ///
    /// - Parameter consequence: What the failure means.
    /// - Returns: Whether it was written.
    @discardableResult
    private func write(ifItFails consequence: String, _ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return true
        } catch  where checkpointer.continuesAfterFailure {
            monitor?.runDidWarn("\(error); training goes on, \(consequence)")
            return false
        }
    }
}

extension StoredCheckpoint {
    /// Puts a verified checkpoint into a trainer.
    ///
    /// - Returns: Everything beside tensors and experience.
    @discardableResult
    func load(into trainer: any Trainer, position: Int) throws -> SavedValues {
        do {
            let learner = trainer.learner
            let values = try readValues()
            try load(learner.savedArenas, into: learner.state, position: position, seedCount: learner.seeds.count)
            for pool in learner.pools { try load(into: pool, position: position) }
            try trainer.restore(position, from: values)
            return values
        } catch let error as SavedValueError {
            throw FormatError(path: statePath, problem: error.description)
        } catch let error as EnvironmentError {
            throw FormatError(path: statePath, problem: error.description)
        }
    }
}
