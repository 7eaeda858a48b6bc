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
        /// Seconds that training waited for the longest and for all.
        var longestPause = 0.0
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
    private let clock = ContinuousClock()
    private var lastStart: (step: Int, instant: ContinuousClock.Instant)

    /// What belongs to one seed.
    private struct SeedWork {
        let files: SeedFolder
        let snapshot: SeedSnapshot
        let journal: ReplayJournal
    }

    /// - Parameters:
    ///   - folders: One for each seed of the agent.
    ///   - saved: For each seed, the manifest of the checkpoint that the run goes on from.
    init(
        _ description: RunDescription, agent: any OffPolicyAgent, folders: [SeedFolder], saved: [Manifest]?
    ) throws {
        writer = try CheckpointWriter()
        policy = description.checkpoints
        probeTables = description.probes?.tables ?? []
        self.agent = agent
        let configuration = description.configuration
        seeds = folders.enumerated().map { index, files in
            SeedWork(
                files: files,
                snapshot: SeedSnapshot(agent.savedArenas, seed: index, seedCount: folders.count),
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
            ], record: record)
        lastStart = (saved?.first?.step ?? 0, clock.now)
    }

    // MARK: While training

    /// Hands full replay segments to the writer.
    func didStep(isRunning: [Bool]) throws {
        for (index, seed) in seeds.enumerated() where isRunning[index] {
            guard try seed.journal.collect(from: agent.replay, seed: index) else { continue }
            let (journal, record, folder) = (seed.journal, record, seed.files.path)
            writer.submit {
                try record.checkSpace(journal.waitingByteCount, at: folder)
                try journal.write()
            }
            // A disk that cannot follow must not fill memory.
            if writer.jobCount > 64 { writer.wait() }
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
        if writer.isBusy { writer.wait() }
        let start = clock.now
        lastStart = (step, start)
        var parts: [CheckpointJob.Part] = []
        for (index, seed) in seeds.enumerated() where isRunning[index] {
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
        }
        let job = self.job
        let ready = parts
        writer.submit { try job.write(ready, step: step) }
        let pause = (clock.now - start) / .seconds(1)
        statistics.count += 1
        statistics.longestPause = max(statistics.longestPause, pause)
        statistics.totalPause += pause
    }

    /// Has a seed's weights written as the best so far.
    func saveBest(_ seed: Int, step: Int, evaluation: Double) throws {
        let weights = SeedSnapshot(agent.parameterArenas, seed: seed, seedCount: seeds.count)
        let held = agent.replay.heldRows(of: seed)
        try weights.take(agent.state, tail: held.upperBound..<held.upperBound, of: agent.replay, seed: seed)
        let best = CheckpointJob.Best(
            weights: weights, seed: agent.seeds[seed], files: seeds[seed].files, step: step, evaluation: evaluation)
        writer.submit { [job] in try job.writeBest(best) }
    }

    // MARK: Results

    /// Returns when everything handed over so far is written, or has failed.
    func wait() { writer.wait() }

    /// The first failure since the last call.
    func takeFailure() -> (any Error)? { writer.takeFailure() }

    /// Whether failures are to be told and passed over.
    var continuesAfterFailure: Bool { policy.continuesAfterFailure }

    /// Seeds whose copied state held a number that is not finite, by position, with the number's place.
    func takeBadSeeds() -> [(seed: Int, reason: String)] { record.takeBadSeeds() }
}
