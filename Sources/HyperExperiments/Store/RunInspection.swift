import HyperFormats

/// What is in a run's folder, and whether it is whole: `hyperrl inspect` and `hyperrl verify`.
public struct RunInspection: Sendable {
    /// One checkpoint and what is wrong with it.
    public struct Checkpoint: Sendable {
        public let step: Int
        public let isBest: Bool
        public let path: String
        /// Bytes that the manifest speaks of; 0 if it cannot be read.
        public let byteCount: Int
        /// Mean return of the evaluation, for the best.
        public let evaluation: Double?
        /// What is wrong; nil if every checksum fits.
        public let problem: String?
    }

    public struct Seed: Sendable {
        public let seed: UInt32
        public let path: String
        public let checkpoints: [Checkpoint]
        /// Why the seed goes no further; nil if it does.
        public let frozen: String?
        /// A note about a frozen seed that is damaged.
        public let problem: String?

        /// The newest good checkpoint to go on from.
        public var latestGood: Checkpoint? { checkpoints.last { !$0.isBest && $0.problem == nil } }
        public var best: Checkpoint? { checkpoints.last { $0.isBest && $0.problem == nil } }
    }

    public let run: StoredRun
    public let seeds: [Seed]

    /// Reads every checkpoint of the run that was named and compares all checksums. Takes no lock and changes nothing.
    public init(_ run: StoredRun) {
        self.run = run
        seeds = run.seeds.map { seed in
            let files = run.files(seed)
            let checkpoints = [SeedFolder.Kind.step, .best].flatMap { kind in
                files.steps(kind).compactMap { Self.inspect(files, $0, kind, run, seed) }
            }
            do {
                let frozen = try run.frozen(seed).map { "step \($0.step): \($0.reason)" }
                return Seed(seed: seed, path: files.path, checkpoints: checkpoints, frozen: frozen, problem: nil)
            } catch {
                return Seed(seed: seed, path: files.path, checkpoints: checkpoints, frozen: nil, problem: "\(error)")
            }
        }
    }

    /// Nil if the checkpoint is gone: a run that goes on removes old ones.
    private static func inspect(
        _ files: SeedFolder, _ step: Int, _ kind: SeedFolder.Kind, _ run: StoredRun, _ seed: UInt32
    ) -> Checkpoint? {
        let path = files.checkpoint(step, kind)
        var byteCount = 0
        var evaluation: Double?
        var problem: String?
        do {
            let checkpoint = try StoredCheckpoint(files, step: step, kind: kind, run: run.description, seed: seed)
            let segments = checkpoint.manifest.pools.values.flatMap(\.segments)
            byteCount = segments.reduce(checkpoint.manifest.state.byteCount) { $0 + $1.byteCount }
            evaluation = checkpoint.manifest.evaluation
            try checkpoint.verify()
        } catch {
            guard Folder.exists(path) else { return nil }
            problem = "\(error)"
        }
        return Checkpoint(
            step: step, isBest: kind == .best, path: path, byteCount: byteCount, evaluation: evaluation,
            problem: problem)
    }

    /// Everything that is wrong.
    public var problems: [String] {
        seeds.flatMap { seed in seed.checkpoints.compactMap(\.problem) + [seed.problem].compactMap { $0 } }
    }
}

extension RunInspection {
    /// Everything as one object: the run, the process that works on it, run.json, and each seed with its checkpoints.
    public var json: JSONValue {
        var object = JSONObject()
        object["run"] = .string(run.path)
        // Asked once: a process may end between two questions.
        let holder = run.holder
        object["in_use"] = .bool(holder != nil)
        object["process"] = holder?.process.map { .integer($0) } ?? .null
        object["configuration"] = run.description.json
        object["seeds"] = .array(seeds.map(\.json))
        object["problems"] = .array(problems.map { .string($0) })
        return .object(object)
    }
}

extension RunInspection.Seed {
    fileprivate var json: JSONValue {
        [
            "seed": .integer(Int(seed)), "path": .string(path), "frozen": frozen.map { .string($0) } ?? .null,
            "checkpoints": .array(checkpoints.map(\.json)),
        ]
    }
}

extension RunInspection.Checkpoint {
    fileprivate var json: JSONValue {
        [
            "kind": isBest ? "best" : "full", "step": .integer(step), "path": .string(path),
            "bytes": .integer(byteCount), "evaluation": evaluation.map { .double($0) } ?? .null,
            "problem": problem.map { .string($0) } ?? .null,
        ]
    }
}
