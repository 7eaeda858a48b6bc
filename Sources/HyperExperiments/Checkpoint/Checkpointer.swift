import HyperAgents
import HyperFormats
import HyperProbes
import HyperTensor

/// Decides when checkpoints are due, copies the state between two steps, and has a thread write it.
final class Checkpointer {
    /// How checkpoints went so far.
    struct Statistics {
        /// Checkpoints of all seeds.
        var count = 0
        /// Seconds that training stood still for the longest copy of one seed.
        var longestCopy = 0.0
        /// Seconds that training stood still in all: for copies of state, best weights and replay, and for a
        /// checkpoint that was due while the one before was still being written.
        var totalPause = 0.0
    }

    private(set) var statistics = Statistics()
    /// The step of the last checkpoint that is in place; nil before the first.
    var lastGoodStep: Int? { record.lastGoodStep }

    private let policy: CheckpointPolicy
    private let learner: Learner
    private let seeds: [SeedWork]
    private let probeTables: [ProbeTable]
    private let job: CheckpointJob
    private let record: CheckpointRecord
    private let writer: CheckpointWriter
    private let lock: RunLock
    private let clock = ContinuousClock()
    private var lastStart: (step: Int, instant: ContinuousClock.Instant)

    /// What belongs to one seed.
    private struct SeedWork {
        let files: SeedFolder
        let snapshot: SeedSnapshot
        /// The weights with the best evaluation. Reserved once, as new memory may take a tenth of a second to come.
        let best: SeedSnapshot
        /// One for each pool of experience.
        let journals: [PoolJournal]
    }

    /// - Parameters:
    ///   - folders: One for each seed of the learner.
    ///   - saved: For each seed, the manifest of the checkpoint that the run goes on from.
    init(
        _ description: RunDescription, learner: Learner, folders: [SeedFolder], lock: RunLock,
        saved: [Manifest]?
    ) throws {
        self.lock = lock
        writer = try CheckpointWriter()
        policy = description.checkpoints
        probeTables = description.probes?.tables ?? []
        self.learner = learner
        let configuration = description.configuration
        seeds = try folders.enumerated().map { index, files in
            SeedWork(
                files: files,
                snapshot: SeedSnapshot(learner.savedArenas, position: index, seedCount: folders.count),
                best: SeedSnapshot(learner.weightArenas, position: index, seedCount: folders.count),
                journals: try learner.pools.map { pool in
                    try Folder.make(files.pool(pool.name))
                    return PoolJournal(
                        pool.name, folder: files, capacity: pool.plannedCapacity,
                        saved: saved?[index].pools[pool.name])
                })
        }
        record = CheckpointRecord(lastGoodStep: saved?.first?.step)
        for manifest in saved ?? [] {
            record.noteSegments(manifest.pools.mapValues(\.firstSegment), seed: manifest.seed, step: manifest.step)
        }
        job = CheckpointJob(
            identity: description.identity, configuration: configuration.comparable, tuning: description.tuning,
            metadata: description.weightsMetadata, record: record, lock: lock)
        lastStart = (saved?.first?.step ?? 0, clock.now)
    }

    // MARK: While training

    /// Hands full segments of experience to the writer.
    func collectExperience(isRunning: [Bool]) throws {
        for (position, seed) in seeds.enumerated() where isRunning[position] {
            for (pool, journal) in zip(learner.pools, seed.journals) {
                guard journal.isDue(pool, position: position) else { continue }
                let start = clock.now
                try journal.collect(from: pool, position: position)
                let (record, folder, lock) = (record, seed.files.path, lock)
                writer.submit {
                    try lock.checkPlace()
                    try record.checkSpace(journal.waitingByteCount, at: folder)
                    try journal.write()
                }
                // A disk that cannot follow must not fill memory.
                if writer.jobCount > 64 { writer.wait() }
                statistics.totalPause += (clock.now - start) / .seconds(1)
            }
        }
    }

    /// Whether a checkpoint is to be taken at this step.
    ///
    /// Steps are kept exactly, so a checkpoint by steps waits for the one before it; one by time waits until the writer
    /// is free.
    func isDue(at step: Int) -> Bool {
        switch policy.interval {
        case .steps(let count): step % count == 0 && step > lastStart.step
        case .seconds(let seconds):
            (clock.now - lastStart.instant) / .seconds(1) >= seconds && step > lastStart.step && !writer.isBusy
        }
    }

    /// Copies the running seeds' state and has it written.
    ///
    /// - Parameters:
    ///   - seconds: Wall-clock seconds of training so far.
    ///   - values: Gives the values beside tensors and replay of the seed at a position.
    func save(
        step: Int, seconds: Double, isRunning: [Bool], values: (_ position: Int) throws -> SavedValues
    ) throws {
        let start = clock.now
        if writer.isBusy { writer.wait() }
        lastStart = (step, clock.now)
        var parts: [CheckpointJob.Part] = []
        for (position, seed) in seeds.enumerated() where isRunning[position] {
            let copyStart = clock.now
            seed.snapshot.values = try values(position)
            let experience = zip(learner.pools, seed.journals).map { pool, journal in
                (pool: pool, journal: journal, heldRows: pool.heldRows(of: position))
            }
            try seed.snapshot.take(
                learner.state, tails: experience.map { ($0.pool, $0.journal.tail(stored: $0.heldRows.upperBound)) })
            parts.append(
                CheckpointJob.Part(
                    position: position, seed: learner.seeds[position], files: seed.files, snapshot: seed.snapshot,
                    journals: experience.map { ($0.journal, $0.heldRows) },
                    progressSize: Folder.fileSize(seed.files.progress) ?? 0,
                    evaluationsSize: Folder.fileSize(seed.files.evaluations) ?? 0,
                    probeTables: probeTables.map { ($0, Folder.fileSize(seed.files.table($0)) ?? 0) },
                    seconds: seconds))
            noteCopy(since: copyStart)
        }
        let job = self.job
        let ready = parts
        writer.submit { try job.write(ready, step: step) }
        statistics.count += 1
        statistics.totalPause += (clock.now - start) / .seconds(1)
    }

    private func noteCopy(since start: ContinuousClock.Instant) {
        statistics.longestCopy = max(statistics.longestCopy, (clock.now - start) / .seconds(1))
    }

    /// Has the weights of the seed at a position written as the best so far.
    func saveBest(_ position: Int, step: Int, evaluation: Double) throws {
        let start = clock.now
        let weights = seeds[position].best
        // The writer may still be at the best before.
        if record.pendingBests.contains(where: { $0.weights === weights }), writer.isBusy { writer.wait() }
        let copyStart = clock.now
        let noRows = learner.pools.map { pool in
            let end = pool.heldRows(of: position).upperBound
            return (pool: pool, rows: end..<end)
        }
        try weights.take(learner.state, tails: noRows)
        let best = CheckpointJob.Best(
            weights: weights, seed: learner.seeds[position], files: seeds[position].files, step: step,
            evaluation: evaluation)
        record.notePending(best)
        writer.submit { [job] in try job.writePendingBests() }
        noteCopy(since: copyStart)
        statistics.totalPause += (clock.now - start) / .seconds(1)
    }

    // MARK: Results

    /// Returns when everything handed over so far is written, or has failed.
    func wait() { writer.wait() }

    /// The first failure since the last call.
    func takeFailure() -> (any Error)? { writer.takeFailure() }

    /// Whether failures are to be told and passed over.
    var continuesAfterFailure: Bool { policy.afterFailure == .continue }

    /// Seeds whose copied state held a number that is not finite, with the number's place.
    func takeBadSeeds() -> [NumberWatch.Finding] { record.takeBadSeeds() }
}
