import HyperAgents
import HyperFormats
import HyperProbes

/// What the writing thread does for a checkpoint of all seeds.
struct CheckpointJob: Sendable {
    /// Checkpoints that stay for each seed.
    static let keptCount = 2

    let identity: String
    let configuration: JSONValue
    /// The `DeviceDescription.tuning` that computes.
    let tuning: String?
    let metadata: [String: String]
    let record: CheckpointRecord
    let lock: RunLock

    /// One seed's copied state.
    struct Part: Sendable {
        /// Position in the run's list of seeds.
        let position: Int
        let seed: UInt32
        let files: SeedFolder
        let snapshot: SeedSnapshot
        /// For each pool of experience, with the rows held when the copy was taken.
        let journals: [(journal: PoolJournal, heldRows: Range<Int>)]
        /// Bytes of the logs then.
        let progressSize: Int
        let evaluationsSize: Int
        /// The probes' tables, with their bytes then.
        let probeTables: [(table: ProbeTable, size: Int)]
        /// Wall-clock seconds of training so far.
        let seconds: Double

        /// Bytes of the copy and of the segments that wait.
        var byteCount: Int { journals.reduce(snapshot.byteCount) { $0 + $1.journal.waitingByteCount } }

        /// What the manifest says of experience; all full segments must have been written.
        var pools: [String: Manifest.Pool] {
            Dictionary(uniqueKeysWithValues: journals.map { ($0.journal.name, $0.journal.manifest(held: $0.heldRows)) })
        }
    }

    /// Writes every seed's checkpoint, then removes those that are no longer kept.
    ///
    /// A failure leaves what was there before. Seeds with a number that is not finite are left out and recorded.
    func write(_ parts: [Part], step: Int) throws {
        let good = parts.filter { part in
            guard let bad = part.snapshot.firstBadNumber else { return true }
            record.noteBadSeed(part.position, reason: bad)
            return false
        }
        guard let first = good.first else { return }
        try lock.checkPlace()
        // Headers, manifests and folders need a little more than the numbers.
        let byteCount = good.reduce(1 << 20) { $0 + $1.byteCount + (64 << 10) }
        try record.checkSpace(byteCount, at: first.files.path)
        try writePendingBests()
        for part in good { try write(part, step: step) }
        record.noteGoodStep(step)
        for part in good { try prune(part) }
    }

    private func write(_ part: Part, step: Int) throws {
        for (journal, _) in part.journals { try journal.write() }
        try Folder.flushFile(part.files.progress)
        try Folder.flushFile(part.files.evaluations)
        var probeTables: [String: FileReceipt] = [:]
        for (table, size) in part.probeTables {
            let path = part.files.table(table)
            try Folder.flushFile(path)
            probeTables[table.name] = try SHA256.receipt(ofFile: path, byteCount: size)
        }
        let unfinished = part.files.unfinishedCheckpoint(step)
        try Folder.remove(unfinished)
        do {
            try Folder.make(unfinished)
            var metadata = metadata
            metadata["seed"] = "\(part.seed)"
            metadata["step"] = "\(step)"
            let state = try part.snapshot.write(metadata: metadata, to: "\(unfinished)/\(Manifest.stateName)")
            let manifest = Manifest(
                run: identity, seed: part.seed, step: step, configuration: configuration, tuning: tuning, state: state,
                progress: try SHA256.receipt(ofFile: part.files.progress, byteCount: part.progressSize),
                evaluations: try SHA256.receipt(ofFile: part.files.evaluations, byteCount: part.evaluationsSize),
                pools: part.pools, probeTables: probeTables, seconds: part.seconds)
            try AtomicFile.write(manifest.json.indentedJSONText, to: "\(unfinished)/\(Manifest.name)")
            let place = part.files.checkpoint(step)
            if Folder.exists(place) {
                // Of the same step, before its evaluation was made.
                try Folder.exchange(unfinished, place)
                try Folder.remove(unfinished)
            } else {
                try Folder.rename(unfinished, to: place)
            }
            record.noteSegments(manifest.pools.mapValues(\.firstSegment), seed: part.seed, step: step)
        } catch {
            // The space is needed, and the reason of the failure is what matters.
            try? Folder.remove(unfinished)
            throw error
        }
    }

    private func prune(_ part: Part) throws {
        let steps = part.files.steps()
        for step in steps.dropLast(Self.keptCount) { try part.files.removeCheckpoint(step) }
        for (journal, _) in part.journals {
            let needed = steps.suffix(Self.keptCount).map {
                record.firstSegment(of: journal.name, seed: part.seed, step: $0)
            }
            try journal.removeSegments(before: needed.min() ?? 0)
        }
    }

    /// A seed's best weights.
    struct Best: Sendable {
        let weights: SeedSnapshot
        let seed: UInt32
        let files: SeedFolder
        let step: Int
        /// Mean return of the evaluation.
        let evaluation: Double
    }

    /// Writes the best weights that wait, then removes those before. What fails is tried again with the next checkpoint.
    ///
    /// A checkpoint that knows of a best evaluation must find its weights on disk, so it writes these first.
    func writePendingBests() throws {
        try lock.checkPlace()
        for best in record.pendingBests {
            if best.weights.firstBadNumber == nil { try put(best) }
            record.noteWritten(best)
        }
    }

    private func put(_ best: Best) throws {
        let (files, step) = (best.files, best.step)
        try record.checkSpace(best.weights.byteCount + (1 << 20), at: files.path)
        let unfinished = files.unfinishedCheckpoint(step, .best)
        try Folder.remove(unfinished)
        do {
            try Folder.make(unfinished)
            var metadata = metadata
            metadata["seed"] = "\(best.seed)"
            metadata["step"] = "\(step)"
            let receipt = try best.weights.write(metadata: metadata, to: "\(unfinished)/\(Manifest.weightsName)")
            let manifest = Manifest(
                run: identity, seed: best.seed, step: step, configuration: configuration, state: receipt,
                evaluation: best.evaluation)
            try AtomicFile.write(manifest.json.indentedJSONText, to: "\(unfinished)/\(Manifest.name)")
            // A resumed run reaches the same best again.
            if files.steps(.best).contains(step) { try files.removeCheckpoint(step, .best) }
            try Folder.rename(unfinished, to: files.checkpoint(step, .best))
        } catch {
            try? Folder.remove(unfinished)
            throw error
        }
        for old in files.steps(.best) where old != step { try files.removeCheckpoint(old, .best) }
    }
}
