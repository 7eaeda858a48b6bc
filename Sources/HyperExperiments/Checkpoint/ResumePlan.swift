import HyperFormats
import HyperProbes
import HyperTensor

/// Where a run goes on: which seeds, from which step. Everything is verified when the plan is made.
public struct ResumePlan: Sendable {
    /// The run with its new length.
    public var description: RunDescription
    public let folder: RunFolder
    /// The run as the user named it.
    private let namedPath: String
    /// Seeds to train; not those that are complete or frozen.
    public let seeds: [UInt32]
    /// The step to go on from; 0 begins anew.
    public let step: Int
    /// Frozen seeds, with what froze them.
    public let frozenSeeds: [(seed: UInt32, reason: String)]
    /// Whether the run may go on with another tuning than its checkpoints were computed with (`retuning(on:)`).
    public var allowsRetuning = false
    /// For each seed its checkpoint; nil when the run begins anew.
    let checkpoints: [StoredCheckpoint]?
    /// Messages for the user.
    public let notes: [String]

    /// Locks the run and chooses the checkpoints.
    ///
    /// - Parameters:
    ///   - steps: A new length of the run; nil keeps it.
    ///   - checkpoint: A step to go back to; nil takes the newest that all seeds have.
    /// - Throws: `RunLock.Held`; `FormatError` if a file is damaged, which names an older good checkpoint if there is one;
    ///   `ResumeError` if the options do not fit the run.
    public init(_ run: StoredRun, steps: Int? = nil, checkpoint: Int? = nil) throws {
        namedPath = run.namedPath
        folder = try RunFolder(opening: run.path)
        var description = run.description
        description.configuration.steps = steps ?? description.configuration.steps
        self.description = description
        let target = description.configuration.steps
        var frozenSeeds: [(seed: UInt32, reason: String)] = []
        var open: [UInt32] = []
        for seed in run.seeds {
            if let frozen = try run.frozen(seed) {
                frozenSeeds.append((seed, "step \(frozen.step): \(frozen.reason)"))
            } else if checkpoint != nil || run.latestStep(seed).map({ $0 < target }) ?? true {
                open.append(seed)
            } else if try Self.hasMeasurementDue(seed, in: run) {
                open.append(seed)
            }
        }
        if let steps, checkpoint == nil, let done = run.seeds.compactMap(run.latestStep).max(), done > steps {
            throw ResumeError(
                "\(run.namedPath): has done \(done) steps already, more than \(steps); give more with --steps, "
                    + "or go back with --checkpoint")
        }
        self.frozenSeeds = frozenSeeds
        seeds = open
        guard !open.isEmpty else {
            step = target
            checkpoints = nil
            notes = []
            return
        }
        step = try Self.commonStep(of: open, in: run, wanted: checkpoint)
        guard step <= target else {
            throw ResumeError(
                "\(run.namedPath): the checkpoint at step \(step) lies beyond \(target) steps; give more with --steps")
        }
        if step == 0 {
            checkpoints = nil
            notes = ["There is no checkpoint yet; the run begins anew."]
            return
        }
        let step = step
        do {
            checkpoints = try Self.verified(step, open, in: run)
            notes = []
        } catch let error as FormatError {
            throw Self.offeringOlder(error, than: step, seeds: open, in: run)
        }
    }

    /// The newest step at which every seed has a checkpoint.
    private static func commonStep(of seeds: [UInt32], in run: StoredRun, wanted: Int?) throws -> Int {
        let sets = seeds.map { Set(run.files($0).steps()) }
        let common = sets.dropFirst().reduce(sets[0]) { $0.intersection($1) }
        if let wanted {
            guard common.contains(wanted) else {
                let known = common.sorted().map(String.init).joined(separator: ", ")
                throw ResumeError(
                    "\(run.namedPath): there is no checkpoint at step \(wanted); there are: \(known.isEmpty ? "none" : known)"
                )
            }
            return wanted
        }
        if let newest = common.max() { return newest }
        // A process that was killed while it wrote the first checkpoint leaves one for some seeds.
        if sets.allSatisfy({ $0.count <= 1 }) && sets.contains(where: \.isEmpty) { return 0 }
        let list = zip(seeds, sets).map { "seed \($0): \($1.sorted().map(String.init).joined(separator: ", "))" }
        throw ResumeError(
            "\(run.namedPath): the seeds have no checkpoint at the same step (\(list.joined(separator: "; "))); "
                + "resume the seeds' folders one by one")
    }

    /// Whether a seed's newest checkpoint was taken before the evaluation of its step was made.
    private static func hasMeasurementDue(_ seed: UInt32, in run: StoredRun) throws -> Bool {
        guard let step = run.latestStep(seed) else { return false }
        do {
            let values = try verified(step, seed, in: run).readValues()
            return try values.count(Agenda.evaluationDueName) == 1 || values.text(TrainingProbes.dueName) != nil
        } catch let error as FormatError {
            throw offeringOlder(error, than: step, seeds: [seed], in: run)
        }
    }

    private static func verified(_ step: Int, _ seeds: [UInt32], in run: StoredRun) throws -> [StoredCheckpoint] {
        try seeds.map { try verified(step, $0, in: run) }
    }

    static func verified(_ step: Int, _ seed: UInt32, in run: StoredRun) throws -> StoredCheckpoint {
        let checkpoint = try StoredCheckpoint(run.files(seed), step: step, run: run.description, seed: seed)
        try checkpoint.verify()
        return checkpoint
    }

    private static func offeringOlder(
        _ error: FormatError, than step: Int, seeds: [UInt32], in run: StoredRun
    ) -> FormatError {
        let sets = seeds.map { Set(run.files($0).steps()) }
        let older = sets.dropFirst().reduce(sets[0]) { $0.intersection($1) }.filter { $0 < step }.sorted()
        let good = older.last { candidate in
            seeds.allSatisfy { (try? verified(candidate, $0, in: run)) != nil }
        }
        let offer = good.map { "the older checkpoint at step \($0) is good: go on from it with --checkpoint \($0)" }
        return FormatError(
            path: error.path, problem: "\(error.problem); \(offer ?? "there is no older good checkpoint")")
    }

    /// What there is to say if a device computes with another tuning than it did up to the checkpoints; nil if it does not.
    ///
    /// There is nothing to compare where the run begins anew, where a checkpoint or the device names no tuning, or where the device is not
    /// the one that computed last: another device rounds differently anyway.
    ///
    /// - Throws: `ResumeError` if the tuning is another one and the plan does not allow it.
    public func retuning(on device: DeviceDescription) throws -> String? {
        guard let now = device.tuning, device.name == description.device,
            let before = checkpoints?.compactMap(\.manifest.tuning).first(where: { $0 != now })
        else { return nil }
        let change =
            "the kernel sizes of this device are not those of the checkpoint at step \(step) (SHA-256 \(now.prefix(12)), not "
            + "\(before.prefix(12))), so from here on numbers are not the same bit for bit as with those"
        guard allowsRetuning else {
            throw ResumeError(
                "\(namedPath): \(change); name the tuning table of then with HYPERRL_TUNING (if there was none: one without devices), "
                    + "or go on with --allow-retuned")
        }
        return change
    }

    /// Makes the folders fit the chosen step: later checkpoints and replay go, logs are cut back.
    func apply() throws {
        try folder.removeLeftovers()
        for (index, seed) in seeds.enumerated() {
            let files = try folder.makeSeedFolder(seed, of: description.configuration)
            try files.removeLeftovers()
            for step in files.steps() where step > self.step { try files.removeCheckpoint(step) }
            let manifest = checkpoints?[index].manifest
            for pool in files.pools {
                let end = manifest?.pools[pool].map { $0.firstSegment + $0.segments.count } ?? 0
                for segment in files.segments(of: pool) where segment >= end {
                    try Folder.remove(files.segment(segment, of: pool))
                }
            }
            try cut(files.progress, to: manifest?.progress?.byteCount)
            try cut(files.evaluations, to: manifest?.evaluations?.byteCount)
            for table in ProbeKind.allTables {
                try cut(files.table(table), to: manifest?.probeTables[table.name]?.byteCount)
            }
        }
    }

    private func cut(_ path: String, to byteCount: Int?) throws {
        if let byteCount { try Folder.truncateFile(path, to: byteCount) } else { try Folder.remove(path) }
    }
}

/// Options that do not fit a run; programs end with status 64.
public struct ResumeError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
