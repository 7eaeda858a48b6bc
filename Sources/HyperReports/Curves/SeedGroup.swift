import HyperExperiments

/// One seed of a run, with what a report reads of it.
struct TrainedSeed<Reading: Sendable>: Sendable {
    let seed: UInt32
    /// The run's folder as it was named.
    let path: String
    /// The configuration of its run.
    let configuration: RunConfiguration
    /// Environment step at which a number was no longer finite, so that the seed was frozen; nil if that never happened.
    let frozenStep: Int?
    let reading: Reading
}

/// Seeds that were trained alike, whatever folders they lie in: one line of a figure, one cell of a table.
///
/// Every report takes its seeds from here, and with them the rule for frozen ones: **a frozen seed did not finish, so it is
/// left out of everything that is said of its group, also of the steps before, and the report names it** (`frozenNotes`). A
/// seed that is only not as far as others is no such seed; it counts.
struct SeedGroup<Reading: Sendable>: Sendable {
    /// What tells it from the others of its figure: the critic's name, with whatever else differs.
    private(set) var label: String
    /// The configuration of its runs, apart from seeds and length.
    let configuration: RunConfiguration
    /// The seeds that count, ascending; none if all are frozen.
    let seeds: [TrainedSeed<Reading>]
    /// The seeds that are left out, ascending, each with the environment step at which it was frozen.
    let frozen: [(seed: UInt32, step: Int)]

    var readings: [Reading] { seeds.map(\.reading) }

    /// Gathers the seeds of runs that compute the same, apart from seeds and length, in the order of the runs.
    ///
    /// - Throws: `ReportError` if a seed of one experiment occurs twice.
    static func groups(_ seeds: [TrainedSeed<Reading>]) throws(ReportError) -> [SeedGroup] {
        var order: [String] = []
        var members: [String: [TrainedSeed<Reading>]] = [:]
        for seed in seeds {
            let key = seed.configuration.comparable.jsonText
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(seed)
        }
        var groups: [SeedGroup] = []
        for key in order {
            let all = (members[key] ?? []).sorted { $0.seed < $1.seed }
            for (first, second) in zip(all, all.dropFirst()) where first.seed == second.seed {
                throw ReportError(
                    .usage,
                    "Seed \(first.seed) of the same experiment occurs in \(first.path) and in \(second.path); "
                        + "leave one out.")
            }
            groups.append(
                SeedGroup(
                    label: all[0].configuration.criticName, configuration: all[0].configuration,
                    seeds: all.filter { $0.frozenStep == nil },
                    frozen: all.compactMap { seed in seed.frozenStep.map { (seed.seed, $0) } }))
        }
        return labelled(groups)
    }

    /// The groups with labels that differ wherever the groups share a task.
    private static func labelled(_ groups: [SeedGroup]) -> [SeedGroup] {
        let hasManyAlgorithms = Set(groups.map(\.configuration.algorithm)).count > 1
        let names = groups.map { group in
            hasManyAlgorithms ? "\(group.configuration.algorithm.uppercased()) \(group.label)" : group.label
        }
        var labelled = groups
        for index in groups.indices {
            labelled[index].label = names[index]
            let own = groups[index].configuration
            let rivals = groups.indices.filter {
                groups[$0].configuration.environment == own.environment && names[$0] == names[index]
            }
            guard rivals.count > 1 else { continue }
            let values = rivals.map {
                Dictionary(uniqueKeysWithValues: groups[$0].configuration.values.map { ($0.key, $0.text) })
            }
            // Algorithm, task and variants are told by names and panels.
            let differing = own.table.filter { setting in
                setting.effect == .numbers && !setting.isFoundation
                    && Set(values.map { $0[setting.name] ?? "" }).count > 1
            }
            let words = differing.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            if !words.isEmpty { labelled[index].label += " (\(words))" }
        }
        return labelled
    }

    /// The same group with something else read of each seed that counts.
    func map<Other>(_ read: (TrainedSeed<Reading>) throws -> Other) rethrows -> SeedGroup<Other> {
        SeedGroup<Other>(
            label: label, configuration: configuration,
            seeds: try seeds.map {
                TrainedSeed(
                    seed: $0.seed, path: $0.path, configuration: $0.configuration, frozenStep: $0.frozenStep,
                    reading: try read($0))
            }, frozen: frozen)
    }

    /// A sentence for each frozen seed, for the small print of whatever is made of the groups.
    static func frozenNotes(_ groups: [SeedGroup]) -> [String] {
        groups.flatMap { group in
            group.frozen.map { seed in
                "Without seed \(seed.seed) of \(group.label) on \(group.configuration.environment), frozen at step "
                    + "\(grouped(seed.step)) as a number was no longer finite; "
                    + "\(group.seeds.count) of \(group.seeds.count + group.frozen.count) seeds count."
            }
        }
    }

    /// Which seeds were trained for how many steps, one line if it is the same for all groups; then the frozen ones.
    ///
    /// - Parameter steps: How far a seed's reading goes, in environment steps.
    static func notes(_ groups: [SeedGroup], steps: (Reading) -> Int) -> [String] {
        let all = groups.map { group -> (seeds: String, steps: String) in
            let seeds = (group.seeds.map(\.seed) + group.frozen.map(\.seed)).sorted().map { Int($0) }
            let lengths = Set(group.readings.map(steps)).sorted()
            return ("seeds \(listText(seeds))", lengths.isEmpty ? "" : ", \(rangeText(lengths)) steps")
        }
        let isOneLine = Set(all.map(\.seeds)).count <= 1 && Set(all.map(\.steps).filter { !$0.isEmpty }).count <= 1
        if isOneLine, let first = all.first(where: { !$0.steps.isEmpty }) ?? all.first {
            return ["\(first.seeds)\(first.steps)."] + frozenNotes(groups)
        }
        let hasManyTasks = Set(groups.map(\.configuration.environment)).count > 1
        return zip(groups, all).map { group, words in
            let task = hasManyTasks ? " on \(group.configuration.environment)" : ""
            return "\(group.label)\(task): \(words.seeds)\(words.steps)."
        } + frozenNotes(groups)
    }
}

extension RunConfiguration {
    /// The critic as tables and legends name it, or what the algorithm has instead.
    public var criticName: String { agent.label }
}

extension StoredRun {
    /// The seeds that were named, for reports that read more than evaluations.
    ///
    /// - Throws: `FormatError` if what a frozen seed left is damaged.
    var trainedSeeds: [TrainedSeed<StoredRun>] {
        get throws {
            try seeds.map {
                TrainedSeed(
                    seed: $0, path: namedPath, configuration: description.configuration,
                    frozenStep: try frozenStep(of: $0), reading: self)
            }
        }
    }
}
