import Foundation
import HyperCPU
import HyperFormats
import HyperModels
import Testing

@testable import HyperExperiments
@testable import HyperReports

/// Ends a run after a number of steps.
private final class StepLimit: RunMonitor {
    private let limit: Int
    private var step = 0

    init(_ limit: Int) { self.limit = limit }

    func runDidStep(_ step: Int, fraction: Double, latestReturn: Double?) { self.step = step }
    func runShouldStop() -> Bool { step >= limit }
    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) {}
    func runDidProbe(step: Int, summary: String) {}
    func runDidWarn(_ message: String) {}
}

@Suite struct ReproductionTests {
    private let folder = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString)"
    /// Two critics on one task, short enough for a test.
    private let artefact = Artefact(
        name: "fig4", summary: "two critics",
        jobs: ["mlp-standard", "mlp-small"].map { TrainingJob("paper/td3/hopper/\($0)") },
        rendering: .learningCurves)
    private static let fraction = 1e-4

    private func plan(_ seeds: [UInt32], fraction: Double = fraction) throws -> ReproductionPlan {
        try ReproductionPlan([artefact], fraction: fraction, seeds: seeds, folder: folder)
    }

    private func train(_ run: ReproductionPlan.Run, limit: Int = .max) throws {
        let backend = try CPUBackend(threads: 1)
        let build = BuildIdentity(version: "test", commit: "none")
        // The run knows its monitor weakly.
        let monitor = StepLimit(limit)
        let training =
            run.state == .missing
            ? try TrainingRun(
                run.configuration, folder: RunFolder(creating: run.path, overwrites: false), backend: backend,
                pool: backend.pool, build: build, monitor: monitor)
            : try TrainingRun(
                resuming: ResumePlan(StoredRun(run.path)), backend: backend, pool: backend.pool, build: build,
                monitor: monitor)
        _ = try training.run()
    }

    @Test func whatIsMissingIsTrainedWhatIsInterruptedResumedAndWhatIsDoneLeft() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try plan([0])
        #expect(first.runs.map(\.state) == [.missing, .missing])
        #expect(first.runs.map(\.configuration.steps) == [100, 100])
        #expect(first.runs[0].path == "\(folder)/runs/td3-hopper-mlp-standard/seeds-0")
        try train(first.runs[0])
        try train(first.runs[1], limit: 40)
        let second = try plan([0])
        #expect(second.runs.map(\.state) == [.complete, .interrupted(step: 40)])
        try train(second.runs[1])
        #expect(try plan([0]).runs.map(\.state) == [.complete, .complete])
        // Further seeds are a run of their own beside the first.
        let third = try plan([0, 2, 1])
        #expect(third.runs.map(\.state) == [.complete, .missing, .complete, .missing])
        #expect(third.runs[1].configuration.seeds == [2, 1])
        #expect(third.runs[1].path.hasSuffix("/td3-hopper-mlp-standard/seeds-1,2"))
        // What was shortened otherwise is no part of it.
        let error = #expect(throws: ReportError.self) { try plan([0], fraction: 2e-4) }
        #expect(error?.description.contains("steps 100, planned is 200") == true, "\(String(describing: error))")
        let backend = try CPUBackend(threads: 1)
        let renderer = ArtefactRenderer(try plan([0]), backend: backend, pool: backend.pool)
        guard case .figure(let figure) = try renderer.render(artefact, progress: { _ in }) else {
            Issue.record("a figure is drawn as a figure")
            return
        }
        #expect(figure.title == "Figure 4: two critics" && figure.labels == ["mlp-standard", "mlp-small"])
        #expect(figure.panels[0].series[0].points.count == 20)
        #expect(figure.notes.last?.hasPrefix("Shortened to 0.010 % of the paper's 1,000,000 steps") == true)
    }

    @Test func aFractionShortensWhatIsCountedInSteps() throws {
        let job = TrainingJob(
            "paper/td3/halfcheetah/sa-hyper", steps: 600_000, probe: .init(kind: .gradientAccuracy, interval: 10_000))
        let whole = try job.configuration(fraction: 1)
        #expect(whole.steps == 600_000 && whole.agent.randomSteps == 10_000 && whole.evaluationInterval == 5000)
        #expect(job.probePlan(fraction: 1)?.interval == 10_000)
        let short = try job.configuration(fraction: 0.01)
        #expect(short.steps == 6000 && short.agent.randomSteps == 100 && short.evaluationInterval == 300)
        #expect(short.logInterval == 60 && job.probePlan(fraction: 0.01)?.interval == 100)
        #expect(job.folderName == "td3-halfcheetah-sa-hyper-600k+gradient-accuracy")
    }

    @Test func theCatalogueHoldsThePapersExperiments() throws {
        let names = ["fig3", "fig4", "fig6a", "fig6b"] + (8...14).map { "fig\($0)" } + ["table2", "table4", "table6"]
        #expect(Artefact.all.map(\.name) == names)
        let counts = [12, 12, 28, 28, 12, 12, 12, 12, 28, 16, 28, 12, 36, 28]
        #expect(Artefact.all.map(\.jobs.count) == counts)
        for job in Artefact.all.flatMap(\.jobs) { _ = try job.configuration(fraction: 0.01) }
        // Figures of the same runs share them.
        let all = try ReproductionPlan(Artefact.all, fraction: 1, seeds: [0], folder: "/nonexistent")
        #expect(all.runs.count == Set(Artefact.all.flatMap(\.jobs)).count && all.runs.count == 36 + 28 + 12 + 12)
        #expect(Set(all.runs.map(\.path)).count == all.runs.count)
    }

    @Test func tasksLimitJobsAndNameTheFiles() throws {
        let fig9 = try #require(Artefact.named("fig9"))
        let one = fig9.limited(to: ["Hopper-v2"])
        #expect(one.fileName == "fig9-hopper" && one.title == fig9.title)
        #expect(
            one.jobs.map(\.preset) == ["mlp-standard", "as-hyper", "sa-hyper"].map { "paper/td3/hopper/\($0)" })
        let two = fig9.limited(to: ["HalfCheetah-v2", "Hopper-v2"])
        #expect(two.fileName == "fig9-hopper-halfcheetah" && two.jobs.count == 6)
        #expect(fig9.limited(to: []).jobs == fig9.jobs && fig9.limited(to: []).fileName == "fig9")
    }

    @Test(arguments: [("sac", 1e-4, "0.000257"), ("td3", 1e-6, "2e-06")])
    func aFractionThatLeavesNothingToLearnIsRefused(_ algorithm: String, _ fraction: Double, _ smallest: String) throws
    {
        let jobs = PaperPresets.environments.map { TrainingJob("paper/\(algorithm)/\($0.key)/mlp-small") }
        let table = Artefact(name: "table4", summary: "", jobs: jobs, rendering: .learningCurves)
        func plan(_ fraction: Double) throws -> ReproductionPlan {
            try ReproductionPlan([table], fraction: fraction, seeds: [0], folder: folder)
        }
        let error = #expect(throws: ReportError.self) { try plan(fraction) }
        #expect(error?.kind == .usage)
        #expect(
            error?.description.hasSuffix("every run makes an update is \(smallest).") == true,
            "\(String(describing: error))")
        let least = try #require(Double(smallest))
        #expect(try plan(least).runs.allSatisfy(\.configuration.isLearning))
        #expect(throws: ReportError.self) { try plan(least - 1e-6) }
    }

    @Test func whatARunSaysOfAFrozenSeedIsRead() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try plan([0, 1]).runs[0]
        try train(run)
        #expect(try RunRecord(run.path).frozenSteps.isEmpty && plan([0, 1]).runs[0].hasFrozenSeeds == false)
        let place = try StoredRun(run.path).folder(of: 1)
        try FrozenSeed(step: 57, reason: "critic_loss is nan", checkpoint: nil).write(to: "\(place)/frozen.json")
        try FileManager.default.removeItem(atPath: "\(place)/checkpoints/step-0000000100")
        let record = try RunRecord(run.path)
        #expect(record.frozenSteps == [1: 57] && record.stepsDone == [100, 0] && record.unfinishedStep == nil)
        #expect(try CurveGroup.groups([record])[0].curves.map(\.seed) == [0])
        let again = try plan([0, 1]).runs[0]
        #expect(again.state == .complete && again.hasFrozenSeeds)
    }

    @Test func normalisedScoresDivideByTheBaselinesEnd() throws {
        // mlp-standard ends at 4 and 14 on two tasks, sa-hyper at 8 and 7: (2 + 0.5) / 2.
        func run(_ environment: String, _ critic: String, _ last: Double) throws -> RunRecord {
            let kind: CriticKind = critic == "sa-hyper" ? .saHyper : .mlpStandard
            return RunRecord(
                path: critic,
                configuration: RunConfiguration(
                    environment: environment, variants: ["critic": kind.rawValue], steps: 20),
                curves: [SeedCurve(seed: 0, steps: [10, 20], returns: [2, last])], stepsDone: [20])
        }
        let runs = try [
            run("Hopper-v2", "mlp-standard", 4), run("Walker2d-v2", "mlp-standard", 14),
            run("Hopper-v2", "sa-hyper", 8),
            run("Walker2d-v2", "sa-hyper", 7),
        ]
        let series = try NormalisedScores(runs).figure(title: "", notes: []).panels[0].series
        #expect(series.map(\.label) == ["mlp-standard", "sa-hyper"])
        #expect(series[0].points.last?.y == 1 && series[1].points.last?.y == 1.25)
        #expect(throws: ReportError.self) { try NormalisedScores(Array(runs[2...])) }
    }
}
