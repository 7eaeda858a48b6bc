import HyperExperiments
import HyperFormats

/// Seeds that were trained alike: one line of a figure, one cell of a table.
public struct CurveGroup: Sendable {
    /// What tells it from the others of its figure: the critic's name, with whatever else differs.
    public var label: String
    /// The configuration of its runs, apart from seeds and length.
    public let configuration: RunConfiguration
    public let curves: [SeedCurve]

    public init(label: String, configuration: RunConfiguration, curves: [SeedCurve]) {
        self.label = label
        self.configuration = configuration
        self.curves = curves
    }

    /// Gathers the seeds of runs that agree in everything but seeds, length and device, in the order of the runs.
    ///
    /// - Throws: `ReportError` if a seed occurs twice, or a run has no evaluations yet.
    public static func groups(_ runs: [RunRecord]) throws(ReportError) -> [CurveGroup] {
        var order: [String] = []
        var members: [String: [RunRecord]] = [:]
        for run in runs {
            if let empty = run.curves.first(where: { $0.steps.isEmpty }) {
                throw ReportError(.incompleteRuns, "\(run.path): seed \(empty.seed) has no evaluations yet.")
            }
            var alike = run.configuration
            // How often a run logs changes nothing of it.
            alike.logInterval = 1
            let key = alike.comparable.jsonText
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(run)
        }
        var groups: [CurveGroup] = []
        for key in order {
            let runs = members[key] ?? []
            var places: [UInt32: String] = [:]
            for run in runs {
                for curve in run.curves {
                    if let other = places.updateValue(run.path, forKey: curve.seed) {
                        throw ReportError(
                            .usage,
                            "Seed \(curve.seed) of the same experiment occurs in \(other) and in \(run.path); leave one out."
                        )
                    }
                }
            }
            groups.append(
                CurveGroup(
                    label: runs[0].configuration.criticName, configuration: runs[0].configuration,
                    curves: runs.flatMap(\.curves).sorted { $0.seed < $1.seed }))
        }
        return labelled(groups)
    }

    /// The groups with labels that differ wherever the groups share a task.
    private static func labelled(_ groups: [CurveGroup]) -> [CurveGroup] {
        let hasManyAlgorithms = Set(groups.map(\.configuration.algorithm)).count > 1
        let names = groups.map { group in
            hasManyAlgorithms ? "\(group.configuration.algorithm.uppercased()) \(group.label)" : group.label
        }
        var labelled = groups
        let common: Set = ["seeds", "steps", "environment", "critic", "algorithm", "log_every"]
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
            let differing = own.values.filter { value in
                !common.contains(value.key) && Set(values.map { $0[value.key] ?? "" }).count > 1
            }
            let words = differing.map { "\($0.key) \($0.text)" }.joined(separator: ", ")
            if !words.isEmpty { labelled[index].label += " (\(words))" }
        }
        return labelled
    }
}

extension RunConfiguration {
    /// The critic as tables and legends name it.
    public var criticName: String { agent.critic.rawValue }
}
