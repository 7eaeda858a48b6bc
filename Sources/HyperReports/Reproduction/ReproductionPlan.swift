import HyperExperiments
import HyperFormats

/// What has to be trained for some artefacts, found by looking at the folder they are made in.
public struct ReproductionPlan: Sendable {
    /// One training process.
    public struct Run: Sendable {
        public let job: TrainingJob
        public let path: String
        /// As planned; of a run that is there, with its own seeds.
        public let configuration: RunConfiguration
        public let state: State
        /// Whether seeds of it are frozen already.
        public let hasFrozenSeeds: Bool
    }

    public enum State: Hashable, Sendable {
        case missing
        /// Interrupted after so many steps.
        case interrupted(step: Int)
        case complete

        /// For people.
        public var text: String {
            switch self {
            case .missing: "to train"
            case .interrupted(let step): "to resume from step \(grouped(step))"
            case .complete: "done"
            }
        }
    }

    public let artefacts: [Artefact]
    public let fraction: Double
    public let runs: [Run]

    /// Looks for runs and plans what is missing; changes nothing.
    ///
    /// A run that is there counts if its configuration is the planned one, whichever of the wanted seeds it holds. Seeds that
    /// no run holds become one new run.
    ///
    /// - Parameters:
    ///   - fraction: Of the paper's steps, above 0, at most 1.
    ///   - folder: Where runs lie, each in `<folder>/runs/<experiment>/seeds-<list>`.
    /// - Throws: `ConfigurationError` if this program lacks something; `ReportError` for a fraction with which a run would
    ///   learn nothing, and for a run with other values in a place of ours; `FormatError` for a damaged one.
    public init(_ artefacts: [Artefact], fraction: Double, seeds: [UInt32], folder: String) throws {
        try Self.checkThatAllLearn(artefacts.flatMap(\.jobs), fraction)
        self.artefacts = artefacts
        self.fraction = fraction
        var runs: [Run] = []
        var seen: Set<TrainingJob> = []
        for job in artefacts.flatMap(\.jobs) where seen.insert(job).inserted {
            var configuration = try job.configuration(fraction: fraction)
            let place = "\(folder)/runs/\(job.folderName)"
            var missing = seeds
            let names = Folder.isFolder(place) ? try Folder.names(in: place) : []
            for name in names {
                let path = "\(place)/\(name)"
                // A process that was killed before it wrote run.json leaves a folder that is begun anew.
                guard Folder.exists("\(path)/run.json") else { continue }
                let stored = try StoredRun(path)
                try Self.check(stored, job, configuration, fraction)
                guard stored.seeds.contains(where: missing.contains) else { continue }
                missing.removeAll { stored.seeds.contains($0) }
                let done = stored.seeds.map { stored.savedSteps(of: $0) }.min() ?? 0
                configuration.seeds = stored.seeds
                runs.append(
                    Run(
                        job: job, path: path, configuration: configuration,
                        state: stored.isOver ? .complete : .interrupted(step: done),
                        hasFrozenSeeds: stored.seeds.contains(where: stored.isFrozen)))
            }
            guard !missing.isEmpty else { continue }
            configuration.seeds = missing
            let name = "seeds-" + listText(missing.sorted().map { Int($0) }, separator: ",", dash: "-")
            runs.append(
                Run(
                    job: job, path: "\(place)/\(name)", configuration: configuration, state: .missing,
                    hasFrozenSeeds: false))
        }
        self.runs = runs
    }

    /// The runs of an artefact, those of a job beside each other.
    public func runs(of artefact: Artefact) -> [Run] {
        let jobs = Set(artefact.jobs)
        return runs.filter { jobs.contains($0.job) }
    }

    /// Refuses a fraction that leaves a job no update at all, and names the smallest that leaves one to every job.
    private static func checkThatAllLearn(_ jobs: [TrainingJob], _ fraction: Double) throws {
        let idle = try jobs.filter { try !$0.configuration(fraction: fraction).isLearning }
        guard let job = idle.first else { return }
        let configuration = try job.configuration(fraction: fraction)
        let smallest = try (1...1_000_000).first { millionths in
            try idle.allSatisfy { try $0.configuration(fraction: Double(millionths) / 1e6).isLearning }
        }
        throw ReportError(
            .usage,
            "--fraction \(fraction): \(job.preset) would learn nothing: its run has \(grouped(configuration.steps)) steps, and "
                + "updates begin after \(grouped(configuration.agent.base.learningStart?.units ?? 0)). The smallest fraction with which "
                + "every run makes an update is \(Double(smallest ?? 1_000_000) / 1e6).")
    }

    /// Refuses a run that was not trained as planned.
    private static func check(
        _ run: StoredRun, _ job: TrainingJob, _ wanted: RunConfiguration, _ fraction: Double
    ) throws(ReportError) {
        let found = run.description.configuration
        guard found.comparable == wanted.comparable, found.steps == wanted.steps,
            run.description.probes == job.probePlan(fraction: fraction)
        else {
            let differing = zip(found.table, wanted.table).first { found, wanted in
                found != wanted
                    && (found.effect == .numbers || found.name == ConfigurationKey.steps.rawValue)
            }
            let words = differing.map { "\($0.name) \($0.value), planned is \($1.value)" } ?? "other probes"
            throw ReportError(
                .usage, "\(run.path): was trained with other values (\(words)); name another folder with --output.")
        }
    }
}

extension StoredRun {
    /// Whether every seed is at its end, or frozen.
    fileprivate var isOver: Bool {
        seeds.allSatisfy { savedSteps(of: $0) >= description.configuration.steps || isFrozen($0) }
    }
}
