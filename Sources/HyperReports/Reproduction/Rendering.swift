import HyperExperiments
import HyperParallel
import HyperTensor

/// What an artefact becomes once its runs are there.
public enum RenderedArtefact: Sendable {
    case figure(Figure)
    case table(ReportTable)
}

/// Draws artefacts from the runs of a plan.
public final class ArtefactRenderer {
    private let plan: ReproductionPlan
    private let backend: any Backend
    private let pool: WorkerPool
    /// Studies that were made, by the folders of their runs: two figures and a table may share one.
    private var studies: [[String]: WeightStudy] = [:]

    /// - Parameters:
    ///   - plan: Names the runs.
    ///   - backend, pool: Where probes of stored weights compute.
    public init(_ plan: ReproductionPlan, backend: any Backend, pool: WorkerPool) {
        self.plan = plan
        self.backend = backend
        self.pool = pool
    }

    /// Draws an artefact.
    ///
    /// - Parameter progress: Told how much of the probes of stored weights is done, from 0 to 1.
    /// - Throws: `ReportError`, `FormatError`, `ProbeError`.
    public func render(_ artefact: Artefact, progress: (Double) -> Void) throws -> RenderedArtefact {
        let paths = plan.runs(of: artefact).map(\.path)
        let title = "\(artefact.title): \(artefact.summary)"
        switch artefact.rendering {
        case .learningCurves:
            var curves = LearningCurves()
            curves.isFaceted = true
            curves.title = title
            var figure = try curves.figure(paths.map { try RunRecord($0) })
            figure.notes += notes(artefact)
            return .figure(figure)
        case .normalisedScores:
            let scores = try NormalisedScores(paths.map { try RunRecord($0) })
            return .figure(scores.figure(title: title, notes: notes(artefact)))
        case .gradientSummary:
            let figures = try GradientFigures(paths.map { try StoredRun($0) })
            return .figure(figures.summary(title: title, notes: notes(artefact)))
        case .cosines(let isSelfTest):
            let figures = try GradientFigures(paths.map { try StoredRun($0) })
            return .figure(figures.cosines(isSelfTest: isSelfTest, title: title, notes: notes(artefact)))
        case .weightHistograms(let isTrained):
            let study = try study(paths, progress)
            return .figure(study.figure(isTrained: isTrained, title: title, notes: notes(artefact)))
        case .highestRewards(let algorithm):
            // Where every seed of a run is frozen there is nothing to wait for, so tables take what there is.
            var table = try HighestRewards(paths.map { try RunRecord($0) }, algorithm: algorithm).table(isPartial: true)
            table.notes += notes(artefact)
            return .table(table)
        case .weightDistances:
            let study = try study(paths, progress)
            var table = try WeightDistances(study).table(isPartial: true)
            table.notes += notes(artefact)
            return .table(table)
        }
    }

    private func study(_ paths: [String], _ progress: (Double) -> Void) throws -> WeightStudy {
        if let made = studies[paths] { return made }
        let study = try WeightStudy(paths.map { try StoredRun($0) }, backend: backend, pool: pool, progress: progress)
        studies[paths] = study
        return study
    }

    /// That tasks are left out and runs were shortened.
    private func notes(_ artefact: Artefact) -> [String] {
        let limit = artefact.tasks.isEmpty ? [] : ["Limited to \(artefact.tasks.joined(separator: ", "))."]
        guard plan.fraction < 1 else { return limit }
        let steps = rangeText(Set(artefact.jobs.map(\.steps)).sorted())
        let percent = fixed(plan.fraction * 100, decimals: plan.fraction < 0.01 ? 3 : 1)
        return limit + [
            "Shortened to \(percent) % of the paper's \(steps) steps, random steps and probes alike: "
                + "this shows that everything works, not what the paper shows."
        ]
    }
}

extension Artefact {
    /// `Figure 4`, `Table 6`.
    public var title: String {
        name.hasPrefix("fig") ? "Figure \(name.dropFirst(3))" : "Table \(name.dropFirst(5))"
    }
}
