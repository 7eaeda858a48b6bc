import Foundation
import HyperCPU
import HyperModels
import HyperProbes
import Testing

@testable import HyperExperiments
@testable import HyperReports

/// Weights of runs that were trained, in one folder or in several.
@Suite final class WeightStudyTests {
    private let folder = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString)"
    private let backend: CPUBackend

    init() throws { backend = try CPUBackend(threads: 1) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Trains a few steps with a small hypernetwork; gives the run's folder.
    private func train(
        _ critic: CriticKind, _ seeds: [UInt32], steps: Int = 24,
        change: (inout RunConfiguration) throws -> Void = { _ in }
    ) throws -> StoredRun {
        var configuration = RunConfiguration(
            environment: "Hopper-v2", variants: ["critic": critic.rawValue], seeds: seeds, steps: steps,
            evaluationInterval: 1000,
            logInterval: 10)
        try configuration.agent.set("random-steps", to: "12")
        try configuration.agent.set("batch-size", to: "8")
        if critic.isHyperNetwork { try configuration.agent.set("primary.widths", to: "16,24,40") }
        try change(&configuration)
        let path = "\(folder)/\(critic.rawValue)-\(UUID().uuidString)"
        let run = try TrainingRun(
            configuration, folder: RunFolder(creating: path, overwrites: false), backend: backend, pool: backend.pool,
            build: BuildIdentity(version: "test", commit: "none"), monitor: nil)
        _ = try run.run()
        return try StoredRun(path)
    }

    private func study(_ runs: [StoredRun]) throws -> WeightStudy {
        var settings = DynamicWeightsSettings()
        settings.states = 3
        return try WeightStudy(runs, settings: settings, backend: backend, pool: backend.pool)
    }

    private func freeze(_ seed: UInt32, of run: StoredRun) throws {
        try FrozenSeed(step: 17, reason: "critic_loss is nan", checkpoint: nil)
            .write(to: "\(run.folder(of: seed))/frozen.json")
    }

    /// A study's readings by seed and time.
    private func readings(_ study: WeightStudy) -> [String: WeightReading] {
        Dictionary(
            uniqueKeysWithValues: study.entries.map { ("\($0.initialization) \($0.seed) \($0.isTrained)", $0.reading) })
    }

    @Test func seedsThatWereAddedLaterBelongToTheirGroup() throws {
        let whole = try [train(.saHyper, [0, 1]), train(.mlpSmall, [0, 1])]
        let parts = try [train(.saHyper, [1]), train(.mlpSmall, [0]), train(.saHyper, [0]), train(.mlpSmall, [1])]
        let (one, several) = (readings(try study(whole)), readings(try study(parts)))
        #expect(several.count == 4 && one == several)
        #expect(several.values.map(\.step).sorted() == [0, 0, 24, 24])
        // Seeds that the other critic lacks, or that occur twice, are told.
        var error = #expect(throws: ReportError.self) { try study(Array(parts[..<3])) }
        #expect(error?.description.contains("there is no seed 1 of mlp-small on Hopper-v2 to compare with") == true)
        error = #expect(throws: ReportError.self) { try study(whole + [parts[0]]) }
        #expect(error?.description.hasPrefix("Seed 1 of the same experiment occurs in") == true)
    }

    @Test func frozenSeedsAreLeftOutOnBothSides() throws {
        let runs = try [train(.saHyper, [0, 1, 2]), train(.mlpSmall, [0, 1, 2])]
        try freeze(0, of: runs[0])
        try freeze(2, of: runs[1])
        let found = try study(runs)
        #expect(Set(found.entries.map(\.seed)) == [1] && found.entries.count == 2 && found.unfinished.isEmpty)
        #expect(
            found.frozenNotes == [
                "Without seed 0 of sa-hyper on Hopper-v2, frozen at step 17 as a number was no longer finite; 2 of 3 seeds count.",
                "Without seed 2 of mlp-small on Hopper-v2, frozen at step 17 as a number was no longer finite; 2 of 3 seeds count.",
            ])
        let table = try WeightDistances(found).table(isPartial: true)
        #expect(table.notes[0].contains("mean over 1 seed;") && Array(table.notes[1...]) == found.frozenNotes)
        #expect(found.figure(isTrained: true, title: "", notes: []).notes == found.frozenNotes)
    }

    @Test func runsThatDoNotBelongTogetherAreRefused() throws {
        let small = try train(.mlpSmall, [0])
        for (others, words) in try [
            ([train(.mlpStandard, [0])], "leave out the runs of mlp-standard"),
            (
                [train(.mlpSmall, [1]) { try $0.agent.set("batch-size", to: "9") }],
                "There are runs of mlp-small on Hopper-v2 with different settings"
            ),
            ([train(.mlpSmall, [1], steps: 13)], "The runs have different lengths (13–24 steps)"),
        ] {
            let error = #expect(throws: ReportError.self) { try study([small] + others) }
            #expect(error?.kind == .usage && error?.description.contains(words) == true, "\(String(describing: error))")
        }
        let hyper = try train(.saHyper, [0])
        let error = #expect(throws: ReportError.self) { try study([hyper]) }
        #expect(error?.kind == .incompleteRuns)
    }

    @Test func aRunThatIsNotAtItsEndIsNamed() throws {
        let runs = try [train(.saHyper, [0]), train(.mlpSmall, [0])]
        #expect(try study(runs).unfinished.isEmpty)
        // Both are to become longer than they are.
        for run in runs {
            let plan = try ResumePlan(run, steps: 30)
            try plan.folder.write(plan.description)
        }
        let found = try study(runs.map { try StoredRun($0.path) })
        #expect(found.unfinished == runs.map { "\($0.path), seed 0 (at step 24 of 30)" })
    }
}
