import HyperExperiments
import HyperModels
import HyperParallel
import HyperProbes
import HyperTensor

/// Generated weights of sa-hyper's runs beside the weights of mlp-small's, both as they began and as they are (§D.3).
public struct WeightStudy: Sendable {
    /// What the probe says of one seed.
    struct Entry: Sendable {
        let initialization: String
        let environment: String
        let seed: UInt32
        /// Whether of the newest checkpoint, not of the start.
        let isTrained: Bool
        let reading: WeightReading
    }

    /// Of the seeds that are frozen neither in sa-hyper's runs nor in mlp-small's.
    let entries: [Entry]
    /// Environment steps of the runs.
    let steps: Int
    /// The seeds that count but are not at their end, in words.
    let unfinished: [String]
    /// A sentence for each frozen seed.
    let frozenNotes: [String]

    init(entries: [Entry], steps: Int, unfinished: [String] = [], frozenNotes: [String] = []) {
        self.entries = entries
        self.steps = steps
        self.unfinished = unfinished
        self.frozenNotes = frozenNotes
    }

    /// Measures the seeds of sa-hyper against the same seeds of mlp-small on the same task, whatever folders they lie in.
    ///
    /// - Parameters:
    ///   - settings: Of the probe; the paper's unless given.
    ///   - progress: Told how much of the work is done, from 0 to 1.
    /// - Throws: `ReportError` for runs that do not belong together, `ProbeError`, `FormatError`.
    public init(
        _ runs: [StoredRun], settings: DynamicWeightsSettings = .init(), backend: any Backend, pool: WorkerPool,
        progress: (Double) -> Void = { _ in }
    ) throws {
        let groups = try SeedGroup.groups(runs.flatMap { try $0.trainedSeeds })
        let references = try Self.references(groups)
        let lengths = Set(runs.map(\.description.configuration.steps)).sorted()
        guard lengths.count <= 1 else {
            throw ReportError(.usage, "The runs have different lengths (\(rangeText(lengths)) steps).")
        }
        var pairs: [(subject: StoredRun, reference: StoredRun, seed: UInt32)] = []
        for group in groups where group.configuration.agent.critic == .saHyper {
            let environment = group.configuration.environment
            guard let reference = references[environment] else {
                throw ReportError(
                    .incompleteRuns, "There is no run of mlp-small on \(environment) to compare \(group.label) with.")
            }
            // A seed whose counterpart is frozen has nothing to be compared with.
            for seed in group.seeds where !reference.frozen.contains(where: { $0.seed == seed.seed }) {
                guard let other = reference.seeds.first(where: { $0.seed == seed.seed }) else {
                    throw ReportError(
                        .incompleteRuns,
                        "\(seed.path): there is no seed \(seed.seed) of mlp-small on \(environment) to compare with.")
                }
                pairs.append((seed.reading, other.reading, seed.seed))
            }
        }
        var entries: [Entry] = []
        for (index, pair) in pairs.enumerated() {
            // A seed's folder names the run with that seed alone.
            let subject = try StoredRun(pair.subject.folder(of: pair.seed))
            let reference = try StoredRun(pair.reference.folder(of: pair.seed))
            let configuration = subject.description.configuration
            for (half, weights) in [ProbedWeights.start, .checkpoint(.latest)].enumerated() {
                let probe = try RunProbe.dynamicWeights(
                    of: subject, weights, reference: (reference, weights), settings: settings, backend: backend,
                    pool: pool,
                    progress: { progress((Double(index * 2 + half) + $0) / Double(pairs.count * 2)) })
                entries += probe.results.map { result in
                    Entry(
                        initialization: configuration.initialization, environment: configuration.environment,
                        seed: result.seed, isTrained: half == 1, reading: result.reading)
                }
            }
        }
        let steps = lengths.first ?? 0
        let unfinished = groups.flatMap(\.seeds).compactMap { seed -> String? in
            let done = seed.reading.savedSteps(of: seed.seed)
            guard done < steps else { return nil }
            return "\(seed.path), seed \(seed.seed) (at step \(grouped(done)) of \(grouped(steps)))"
        }
        self.init(
            entries: entries, steps: steps, unfinished: unfinished, frozenNotes: SeedGroup.frozenNotes(groups))
    }

    /// The group of mlp-small on each task.
    ///
    /// - Throws: `ReportError` for other critics, and where a critic has several groups that would be taken for one.
    private static func references(
        _ groups: [SeedGroup<StoredRun>]
    ) throws(ReportError) -> [String: SeedGroup<StoredRun>] {
        var references: [String: SeedGroup<StoredRun>] = [:]
        var seen: Set<[String]> = []
        for group in groups {
            let configuration = group.configuration
            switch configuration.agent.critic {
            case .saHyper: break
            case .mlpSmall: references[configuration.environment] = group
            case .asHyper, .embHyper, .mlpStandard, .mlpLarge, .resNetFeatures, .resNet35, .qD2RL, nil:
                throw ReportError(
                    .usage,
                    "Generated weights are compared for sa-hyper and mlp-small; leave out the runs of \(group.label).")
            }
            let key = [configuration.criticName, configuration.environment, configuration.initialization]
            guard seen.insert(key).inserted else {
                throw ReportError(
                    .usage,
                    "There are runs of \(configuration.criticName) on \(configuration.environment) with different settings "
                        + "(\(group.label)); the comparison takes one of them.")
            }
        }
        return references
    }

    /// The readings of one initialisation on one task, seeds ascending.
    func entries(_ initialization: String, _ environment: String, isTrained: Bool) -> [Entry] {
        entries.filter {
            $0.initialization == initialization && $0.environment == environment && $0.isTrained == isTrained
        }.sorted { $0.seed < $1.seed }
    }
}

extension RunConfiguration {
    /// The initialisation of a hypernetwork critic.
    var initialization: String { values.first { $0.key == "initialization" }?.text ?? "ours" }
}
