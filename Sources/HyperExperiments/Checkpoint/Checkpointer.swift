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
    private let agent: any OffPolicyAgent
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
        let journal: ReplayJournal
    }

    /// - Parameters:
    ///   - folders: One for each seed of the agent.
    ///   - saved: For each seed, the manifest of the checkpoint that the run goes on from.
    init(
        _ description: RunDescription, agent: any OffPolicyAgent, folders: [SeedFolder], lock: RunLock,
        saved: [Manifest]?
    ) throws {
        self.lock = lock
        writer = try CheckpointWriter()
        policy = description.checkpoints
        probeTables = description.probes?.tables ?? []
        self.agent = agent
        let configuration = description.configuration
        seeds = folders.enumerated().map { index, files in
            SeedWork(
                files: files,
                snapshot: SeedSnapshot(agent.savedArenas, seed: index, seedCount: folders.count),
                best: SeedSnapshot(agent.parameterArenas, seed: index, seedCount: folders.count),
                journal: ReplayJournal(
                    folder: files, capacity: configuration.agent.replayCapacity, saved: saved?[index].replay))
        }
        record = CheckpointRecord(lastGoodStep: saved?.first?.step)
        for manifest in saved ?? [] {
            record.noteSegments(manifest.replay?.firstSegment ?? 0, seed: manifest.seed, step: manifest.step)
        }
        job = CheckpointJob(
            identity: description.identity, configuration: configuration.comparable,
            metadata: [
                "algorithm": configuration.algorithm, "critic": configuration.agent.critic.rawValue,
                "environment": configuration.environment, "version": description.build.version,
            ], record: record, lock: lock)
        lastStart = (saved?.first?.step ?? 0, clock.now)
    }

    // MARK: While training

    /// Hands full replay segments to the writer.
    func didStep(isRunning: [Bool]) throws {
        for (index, seed) in seeds.enumerated() where isRunning[index] {
            let start = clock.now
            guard try seed.journal.collect(from: agent.replay, seed: index) else { continue }
            let (journal, record, folder, lock) = (seed.journal, record, seed.files.path, lock)
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
    ///   - values: Gives a seed's values beside tensors and replay.
    func save(
        step: Int, seconds: Double, isRunning: [Bool], values: (_ seed: Int) throws -> SavedValues
    ) throws {
        let start = clock.now
        if writer.isBusy { writer.wait() }
        lastStart = (step, clock.now)
        var parts: [CheckpointJob.Part] = []
        for (index, seed) in seeds.enumerated() where isRunning[index] {
            let copyStart = clock.now
            seed.snapshot.values = try values(index)
            let held = agent.replay.heldRows(of: index)
            try seed.snapshot.take(
                agent.state, tail: seed.journal.tail(stored: held.upperBound), of: agent.replay, seed: index)
            parts.append(
                CheckpointJob.Part(
                    index: index, seed: agent.seeds[index], files: seed.files, snapshot: seed.snapshot,
                    journal: seed.journal, heldRows: held, progressSize: Folder.fileSize(seed.files.progress) ?? 0,
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

    /// Has a seed's weights written as the best so far.
    func saveBest(_ seed: Int, step: Int, evaluation: Double) throws {
        let start = clock.now
        let weights = seeds[seed].best
        // The writer may still be at the best before.
        if record.pendingBests.contains(where: { $0.weights === weights }), writer.isBusy { writer.wait() }
        let copyStart = clock.now
        let held = agent.replay.heldRows(of: seed)
        try weights.take(agent.state, tail: held.upperBound..<held.upperBound, of: agent.replay, seed: seed)
        let best = CheckpointJob.Best(
            weights: weights, seed: agent.seeds[seed], files: seeds[seed].files, step: step, evaluation: evaluation)
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

    /// Seeds whose copied state held a number that is not finite, by position, with the number's place.
    func takeBadSeeds() -> [(seed: Int, reason: String)] { record.takeBadSeeds() }
}
