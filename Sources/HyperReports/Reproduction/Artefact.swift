import HyperExperiments

/// A figure or table of the paper: the experiments it shows, and how it is drawn.
public struct Artefact: Sendable {
    /// The name on the command line: `fig4`, `table6`.
    public let name: String
    /// One line about it.
    public let summary: String
    public let jobs: [TrainingJob]
    let rendering: Rendering
    /// The tasks that it is limited to, as presets name them; empty if it shows all.
    private(set) var tasks: [String] = []

    enum Rendering: Sendable {
        case learningCurves
        /// Return over that of mlp-standard at its end, averaged over tasks.
        case normalisedScores
        /// Shares of states above thresholds and mean cosine similarity, averaged over tasks.
        case gradientSummary
        /// Cosine similarity by task; of the self-test, or of sampled returns.
        case cosines(isSelfTest: Bool)
        /// Generated weights of the first and second layer by task, at the start or after training.
        case weightHistograms(isTrained: Bool)
        case highestRewards(algorithm: String)
        case weightDistances
    }

    /// The name of its files without extension: `fig4`, `fig4-hopper` of one task alone.
    public var fileName: String { ([name] + tasks).joined(separator: "-") }

    /// The same for some of the tasks.
    ///
    /// - Parameter environments: Identifiers of the paper's four; none stands for all.
    public func limited(to environments: [String]) -> Artefact {
        let chosen = PaperPresets.environments.filter { environments.contains($0.value) }.map(\.key)
        guard (1..<PaperPresets.environments.count).contains(chosen.count) else { return self }
        var artefact = Artefact(
            name: name, summary: summary, jobs: jobs.filter { chosen.contains($0.task) }, rendering: rendering)
        artefact.tasks = chosen
        return artefact
    }

    /// The artefact of this name; nil if there is none.
    public static func named(_ name: String) -> Artefact? { all.first { $0.name == name } }

    /// Every off-policy figure and table of the paper that shows results.
    public static let all: [Artefact] = [
        Artefact(
            name: "fig3", summary: "gradient accuracy of three critics, over all tasks", jobs: gradientJobs,
            rendering: .gradientSummary),
        Artefact(
            name: "fig4", summary: "TD3 with SA-Hyper, AS-Hyper and MLP critics", jobs: jobs("td3", compositions),
            rendering: .learningCurves),
        Artefact(
            name: "fig6a", summary: "normalised scores of SAC", jobs: jobs("sac", architectures),
            rendering: .normalisedScores),
        Artefact(
            name: "fig6b", summary: "normalised scores of TD3", jobs: jobs("td3", architectures),
            rendering: .normalisedScores),
        Artefact(
            name: "fig8", summary: "the gradient estimator's test on the critics' own outputs", jobs: gradientJobs,
            rendering: .cosines(isSelfTest: true)),
        Artefact(
            name: "fig9", summary: "gradient accuracy of three critics by task", jobs: gradientJobs,
            rendering: .cosines(isSelfTest: false)),
        Artefact(
            name: "fig10", summary: "generated weights at the start of training", jobs: weightJobs,
            rendering: .weightHistograms(isTrained: false)),
        Artefact(
            name: "fig11", summary: "generated weights after training", jobs: weightJobs,
            rendering: .weightHistograms(isTrained: true)),
        Artefact(
            name: "fig12", summary: "TD3 with SA-Hyper and other architectures", jobs: jobs("td3", architectures),
            rendering: .learningCurves),
        Artefact(
            name: "fig13", summary: "TD3 with hypernetwork critics and the MLP", jobs: jobs("td3", hyperNetworks),
            rendering: .learningCurves),
        Artefact(
            name: "fig14", summary: "SAC with different critics", jobs: jobs("sac", architectures),
            rendering: .learningCurves),
        Artefact(
            name: "table2", summary: "distance of generated weights to mlp-small's", jobs: weightJobs,
            rendering: .weightDistances),
        Artefact(
            name: "table4", summary: "highest rewards of TD3", jobs: jobs("td3", PaperPresets.critics),
            rendering: .highestRewards(algorithm: "td3")),
        Artefact(
            name: "table6", summary: "highest rewards of SAC",
            jobs: jobs("sac", PaperNumbers.highestRewards["sac"]?.rows.map(\.critic) ?? []),
            rendering: .highestRewards(algorithm: "sac")),
    ]

    private static let compositions = ["mlp-standard", "as-hyper", "sa-hyper"]
    private static let hyperNetworks = ["mlp-standard", "as-hyper", "emb-hyper", "sa-hyper"]
    private static let architectures = [
        "mlp-standard", "mlp-large", "mlp-small", "resnet-features", "resnet35", "q-d2rl", "sa-hyper",
    ]

    private static func jobs(_ algorithm: String, _ critics: [String]) -> [TrainingJob] {
        PaperPresets.environments.map(\.key).flatMap { name -> [TrainingJob] in
            critics.map { TrainingJob("paper/\(algorithm)/\(name)/\($0)") }
        }
    }

    /// Appendix B: every 10,000 of 600,000 steps.
    private static let gradientJobs: [TrainingJob] = PaperPresets.environments.map(\.key).flatMap {
        name -> [TrainingJob] in
        compositions.map {
            TrainingJob(
                "paper/td3/\(name)/\($0)", steps: 600_000, probe: .init(kind: .gradientAccuracy, interval: 10_000))
        }
    }

    /// Appendix D.3: two initialisations and what they are compared with, 100,000 steps.
    private static let weightJobs: [TrainingJob] = PaperPresets.environments.map(\.key).flatMap {
        name -> [TrainingJob] in
        ["sa-hyper", "sa-hyper/init-pytorch", "mlp-small"].map {
            TrainingJob("paper/td3/\(name)/\($0)", steps: 100_000)
        }
    }
}
