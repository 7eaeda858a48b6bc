import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperStatistics
import HyperTensor

/// Which checkpoint of a seed is meant.
public enum CheckpointChoice: Hashable, Sendable {
    case latest
    /// The weights with the highest evaluation.
    case best
    case step(Int)

    /// Reads `latest`, `best` or a step; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "latest": self = .latest
        case "best": self = .best
        default:
            guard let step = Int(text), step >= 0, text == "\(step)" else { return nil }
            self = .step(step)
        }
    }
}

/// Episodes with the weights of a checkpoint, without exploration: `hyperrl evaluate`.
public struct RunEvaluation: Sendable {
    /// What one seed's weights reached.
    public struct Result: Sendable {
        public let seed: UInt32
        /// Environment steps after which the weights were saved.
        public let step: Int
        public let measured: SeedEvaluation
        /// The episodes that decide which weights are the best.
        public var evaluation: Evaluation { measured.deciding }
    }

    public let results: [Result]

    init(results: [Result]) { self.results = results }

    /// Evaluates every seed of the run that was named.
    ///
    /// - Parameters:
    ///   - episodes: Episodes of each seed.
    ///   - startSeed: Seed of the starting states; nil takes each seed's own. Training evaluates from other states.
    /// - Throws: `FormatError` for a missing or damaged checkpoint.
    public init(
        _ run: StoredRun, checkpoint choice: CheckpointChoice, episodes: Int, startSeed: UInt32?,
        backend: any Backend, pool: WorkerPool
    ) throws {
        let results = try run.seeds.map { seed in
            let checkpoint = try Self.open(choice, seed, in: run)
            let configuration = run.description.configuration
            let spec = try configuration.spec()
            let evaluator = try configuration.agent.base.makeEvaluator(
                EvaluationContext(
                    spec: spec, seed: seed, startSeed: startSeed ?? seed, episodes: episodes, backend: backend,
                    pool: pool))
            try checkpoint.load(evaluator.weightArenas, into: evaluator.state, position: 0, seedCount: 1)
            // Training numbers its evaluations from 1.
            let evaluation = try evaluator.evaluate(round: 0)[0]
            return Result(seed: seed, step: checkpoint.manifest.step, measured: evaluation)
        }
        self.init(results: results)
    }

    /// Opens and verifies the weights of a checkpoint.
    static func open(_ choice: CheckpointChoice, _ seed: UInt32, in run: StoredRun) throws -> StoredCheckpoint {
        let files = run.files(seed)
        let kind: SeedFolder.Kind = choice == .best ? .best : .step
        let steps = files.steps(kind)
        let step: Int
        switch choice {
        case .latest, .best:
            guard let last = steps.last else {
                throw FormatError(
                    path: files.checkpoints, problem: "holds no \(kind == .best ? "best weights" : "checkpoint") yet")
            }
            step = last
        case .step(let wanted):
            guard steps.contains(wanted) else {
                let known = steps.map(String.init).joined(separator: ", ")
                throw FormatError(
                    path: files.checkpoints,
                    problem: "holds no checkpoint of step \(wanted); it holds \(known.isEmpty ? "none" : known)")
            }
            step = wanted
        }
        do {
            return try verified(step, kind, seed, in: run)
        } catch let error as FormatError {
            // A run that goes on may have removed it in the meantime.
            if case .step = choice {
            } else if files.steps(kind).last.map({ $0 > step }) ?? false {
                return try open(choice, seed, in: run)
            }
            let older = steps.last { $0 < step && (try? verified($0, kind, seed, in: run)) != nil }
            let offer = older.map { "; the older checkpoint of step \($0) is good: --checkpoint \($0)" } ?? ""
            throw FormatError(path: error.path, problem: error.problem + offer)
        }
    }

    private static func verified(
        _ step: Int, _ kind: SeedFolder.Kind, _ seed: UInt32, in run: StoredRun
    ) throws -> StoredCheckpoint {
        let checkpoint = try StoredCheckpoint(run.files(seed), step: step, kind: kind, run: run.description, seed: seed)
        try checkpoint.verifyState()
        return checkpoint
    }

    /// Mean over seeds of their mean returns, of those that have one; nil if none has.
    public var mean: Double? { Statistics.mean(results.compactMap(\.evaluation.mean)) }

    /// Standard deviation between the same seeds (population).
    public var standardDeviation: Double? { Statistics.standardDeviation(results.compactMap(\.evaluation.mean)) }

    public var json: JSONValue {
        func json(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
        func json(_ evaluation: Evaluation) -> JSONObject {
            JSONObject([
                "mean": json(evaluation.mean), "std": json(evaluation.standardDeviation),
                "returns": .array(evaluation.returns.map(json)),
                "lengths": .array(evaluation.lengths.map { .integer($0) }),
            ])
        }
        /// For each series its tasks.
        func series(_ evaluation: SeedEvaluation) -> JSONValue {
            var object = JSONObject()
            for series in evaluation.series {
                object[series.name] = .array(series.tasks.map { .object(json($0)) })
            }
            return .object(object)
        }
        return [
            "seeds": .array(
                results.map { result in
                    var object = JSONObject([
                        "seed": .integer(Int(result.seed)), "step": .integer(result.step),
                    ])
                    object.add(json(result.evaluation))
                    if result.measured.series.count > 1 { object["series"] = series(result.measured) }
                    return .object(object)
                }),
            "mean": json(mean), "std": json(standardDeviation),
        ]
    }
}
