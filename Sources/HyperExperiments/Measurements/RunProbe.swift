import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperProbes
import HyperTensor

/// Which weights of a run a probe looks at.
public enum ProbedWeights: Hashable, Sendable {
    /// Those that the run begins with.
    case start
    case checkpoint(CheckpointChoice)

    /// Reads `start`, `latest`, `best` or a step; nil for anything else.
    public init?(_ text: String) {
        if text == "start" {
            self = .start
        } else {
            guard let choice = CheckpointChoice(text) else { return nil }
            self = .checkpoint(choice)
        }
    }
}

/// Probes of stored runs: `hyperrl probe`. Nothing in the run's folder is changed.
public struct RunProbe<Reading: ProbeReading>: Sendable {
    /// One seed's reading.
    public struct Result: Sendable {
        public let seed: UInt32
        public let reading: Reading
    }

    public let results: [Result]

    private init(
        _ run: StoredRun, _ weights: ProbedWeights, backend: any Backend, pool: WorkerPool, progress: (Double) -> Void,
        makeProbe: (ProbeViews, EnvironmentSpec, UInt32) throws -> some Probe<Reading>
    ) throws {
        let count = Double(run.seeds.count)
        results = try run.seeds.enumerated().map { index, seed in
            let (views, spec, step) = try Self.subject(seed, run, weights, backend, pool)
            let readings = try makeProbe(views, spec, seed).measure(
                step: step, isIncluded: { _ in true }, progress: { progress((Double(index) + $0) / count) },
                shouldStop: { false })
            guard let reading = readings.result.first ?? nil else {
                preconditionFailure("a probe has a reading for a seed that is included")
            }
            return Result(seed: seed, reading: reading)
        }
    }

    /// What probes see of one seed's learner with the weights in question, its task, and the steps after which it had them.
    private static func subject(
        _ seed: UInt32, _ run: StoredRun, _ weights: ProbedWeights, _ backend: any Backend, _ pool: WorkerPool
    ) throws -> (views: ProbeViews, spec: EnvironmentSpec, step: Int) {
        let configuration = run.description.configuration
        let spec = try configuration.spec()
        let subject = try configuration.agent.base.makeProbeSubject(
            TrainingContext(
                spec: spec, seeds: [seed], length: configuration.steps,
                evaluationEpisodes: configuration.evaluationEpisodes, backend: backend, pool: pool))
        guard case .checkpoint(let choice) = weights else { return (subject.views, spec, 0) }
        let checkpoint = try RunEvaluation.open(choice, seed, in: run)
        if choice == .best {
            // They have neither targets nor moments.
            try checkpoint.load(subject.learner.weightArenas, into: subject.learner.state, position: 0, seedCount: 1)
        } else if let trainer = subject.trainer {
            try checkpoint.load(into: trainer, position: 0)
        } else {
            try checkpoint.load(subject.learner.savedArenas, into: subject.learner.state, position: 0, seedCount: 1)
        }
        return (subject.views, spec, checkpoint.manifest.step)
    }

    public var json: JSONValue {
        [
            "probe": .string(Reading.kind.rawValue),
            "seeds": .array(
                results.map { result in
                    var object = JSONObject()
                    object["seed"] = .integer(Int(result.seed))
                    object.add(result.reading.json.asObject ?? JSONObject())
                    return .object(object)
                }),
        ]
    }

    /// Writes the kind's tables to `<folder>/<environment>_<seed>/`, as a run has them, adding to those that exist.
    ///
    /// - Throws: `FileWriteError`; `FormatError` if a file of that name is no such table.
    public func writeTables(to folder: String, of run: StoredRun) throws {
        for result in results {
            let path = "\(folder)/\(run.description.configuration.environment)_\(result.seed)"
            try Folder.make(path)
            for (table, rows) in zip(Reading.kind.tables, result.reading.rows) {
                let writer = try CSVWriter(path: "\(path)/\(table.name).csv", columns: table.columns)
                for row in rows { try writer.write(row) }
            }
        }
    }
}

extension RunProbe where Reading == GradientAccuracy {
    /// Measures gradient accuracy of every seed of the run that was named.
    ///
    /// - Parameters:
    ///   - randomSeed: What the draws are a function of; nil takes each seed's own, which gives the numbers of a probe
    ///     that the run itself made at this step.
    ///   - progress: Told how much of the work is done, from 0 to 1.
    /// - Throws: `FormatError` for a missing or damaged checkpoint, `ProbeError` for a run that cannot be measured so.
    public static func gradientAccuracy(
        of run: StoredRun, _ weights: ProbedWeights, settings: GradientAccuracySettings = .init(),
        randomSeed: UInt32? = nil, backend: any Backend, pool: WorkerPool, progress: (Double) -> Void = { _ in }
    ) throws -> Self {
        if weights == .checkpoint(.best), settings.variation == .authors {
            throw ProbeError(
                "\(run.namedPath): the best weights hold no target critics, which the authors' variation needs; "
                    + "name a step or 'latest'")
        }
        return try Self(run, weights, backend: backend, pool: pool, progress: progress) {
            views, spec, seed in
            try GradientAccuracyProbe(
                views.critics(for: .gradientAccuracy), spec, settings: settings, randomSeeds: [randomSeed ?? seed],
                pool: pool)
        }
    }
}

extension RunProbe where Reading == WeightReading {
    /// Compares the distribution of weights of every seed of the run that was named with that of a reference.
    ///
    /// - Parameter reference: A run, usually of mlp-small, and its weights; nil takes what mlp-small begins with. Each
    ///   seed is compared with the reference's same seed.
    /// - Throws: As `gradientAccuracy`; `ProbeError` also if the reference lacks a seed.
    public static func dynamicWeights(
        of run: StoredRun, _ weights: ProbedWeights, reference: (run: StoredRun, weights: ProbedWeights)? = nil,
        settings: DynamicWeightsSettings = .init(), randomSeed: UInt32? = nil, backend: any Backend, pool: WorkerPool,
        progress: (Double) -> Void = { _ in }
    ) throws -> Self {
        if let reference, let missing = run.seeds.first(where: { !reference.run.seeds.contains($0) }) {
            throw ProbeError(
                "\(reference.run.namedPath): has no seed \(missing), with which that of \(run.namedPath) could be compared"
            )
        }
        return try Self(run, weights, backend: backend, pool: pool, progress: progress) {
            views, spec, seed in
            let compared = try reference.map { reference in
                let (other, otherSpec, step) = try subject(seed, reference.run, reference.weights, backend, pool)
                let probe = try DynamicWeightsProbe(
                    other.critics(for: .dynamicWeights), otherSpec, settings: settings,
                    randomSeeds: [randomSeed ?? seed], pool: pool)
                return try probe.layerWeights(step: step).result.compactMap { $0 }
            }
            return try DynamicWeightsProbe(
                views.critics(for: .dynamicWeights), spec, settings: settings, randomSeeds: [randomSeed ?? seed],
                reference: compared, pool: pool)
        }
    }
}

extension RunProbe where Reading == UpdateNoise {
    /// Measures how much of an update is noise, for every seed of the run that was named. The draws are those of a probe that the run
    /// itself made at this step.
    ///
    /// - Throws: As `gradientAccuracy`.
    public static func updateNoise(
        of run: StoredRun, _ weights: ProbedWeights, settings: UpdateNoiseSettings = .init(), backend: any Backend,
        pool: WorkerPool, progress: (Double) -> Void = { _ in }
    ) throws -> Self {
        if weights == .checkpoint(.best) {
            throw ProbeError(
                "\(run.namedPath): the best weights are no state that training could go on from, which an update needs; "
                    + "name a step or 'latest'")
        }
        return try Self(run, weights, backend: backend, pool: pool, progress: progress) { views, _, _ in
            try UpdateNoiseProbe(views.repeatedUpdates(for: .updateNoise), settings: settings)
        }
    }
}
