import Foundation
import HyperAgents
import HyperCPU
import HyperFormats
import HyperModels
import HyperProbes
import Testing

@testable import HyperExperiments

/// Probes small enough for runs of 120 steps.
private func plan(every interval: Int = 30) -> ProbePlan {
    var plan = ProbePlan(kinds: [.gradientAccuracy, .dynamicWeights], interval: interval)
    plan.gradientAccuracy.states = 3
    plan.gradientAccuracy.trajectories = 5
    plan.dynamicWeights.states = 2
    return plan
}

private func tables(_ path: String, seed: UInt32 = 0) throws -> [String: String] {
    let files = try StoredRun(path).files(seed)
    return try Dictionary(
        uniqueKeysWithValues: plan().kinds.flatMap(\.tables).map {
            ($0.name, try String(contentsOfFile: files.table($0), encoding: .utf8))
        })
}

/// The steps in a table, each once.
private func steps(_ table: String?) -> [Int] {
    var steps: [Int] = []
    for row in (table ?? "").split(separator: "\n").dropFirst() {
        if let step = Int(row.prefix { $0 != "," }), steps.last != step { steps.append(step) }
    }
    return steps
}

@Test(
    arguments: [
        ("td3", .saHyper, [0]), ("td3", .mlpStandard, [0, 1]), ("sac", .saHyper, [0, 1]), ("sac", .mlpSmall, [3]),
    ] as [(String, CriticKind, [UInt32])])
func aRunWithProbesEqualsOneWithout(_ name: String, _ critic: CriticKind, _ seeds: [UInt32]) throws {
    let folder = try TemporaryFolder()
    let algorithm = try #require(AlgorithmCatalogue.standard.named(name))
    let configuration = try TestRuns.configuration(critic, algorithm: algorithm, seeds: seeds)
    var probes = plan()
    // mlp-standard has more layers than mlp-small.
    if critic == .mlpStandard { probes.kinds = [.gradientAccuracy] }
    try TestRuns.train(configuration, into: folder.file("plain"))
    try TestRuns.train(configuration, into: folder.file("probed"), probes: probes)
    #expect(try TestRuns.digests(folder.file("probed")) == TestRuns.digests(folder.file("plain")))
    let text = try String(
        contentsOfFile: StoredRun(folder.file("probed")).files(seeds[seeds.count - 1])
            .table(ProbeKind.gradientAccuracy.tables[0]), encoding: .utf8)
    #expect(steps(text) == [30, 60, 90, 120])
}

@Test func aResumedRunHasTheProbesOfAnUninterruptedOne() throws {
    let folder = try TemporaryFolder()
    let configuration = try TestRuns.configuration(.saHyper, seeds: [0, 1])
    let whole = folder.file("whole")
    try TestRuns.train(configuration, into: whole, probes: plan())
    let expected = try tables(whole, seed: 1)
    #expect(steps(expected["gradient_accuracy"]) == [30, 60, 90, 120])
    #expect(steps(expected["dynamic_weights_histogram"]) == [0, 30, 60, 90, 120])
    #expect(expected["gradient_accuracy_states"]?.split(separator: "\n").count == 1 + 4 * 3)
    for cut in [5, 30, 47, 90, 119] {
        let path = folder.file("cut-\(cut)")
        // Checkpoints lie before the cut, so rows after them are cut back.
        try TestRuns.train(
            configuration, into: path, checkpoints: CheckpointPolicy(interval: .steps(20)), probes: plan(),
            monitor: TestMonitor(lastStep: cut))
        let before = try StoredRun(path).files(0).steps().first
        try TestRuns.resume(path, checkpoint: before)
        #expect(try tables(path, seed: 1) == expected, "cut at \(cut)")
        #expect(try TestRuns.digests(path) == TestRuns.digests(whole))
        #expect(RunInspection(try StoredRun(path)).problems.isEmpty)
    }
}

@Test(arguments: [0, 40, 120]) func aProbeThatWasBrokenOffIsMadeAgain(_ step: Int) throws {
    let folder = try TemporaryFolder()
    let configuration = try TestRuns.configuration(.saHyper)
    let (whole, path) = (folder.file("whole"), folder.file("cut"))
    try TestRuns.train(configuration, into: whole, probes: plan(every: 40))
    let monitor = TestMonitor()
    var questions = 0
    // Once the step's evaluation is on disk, its probes are what asks. Who has stopped once stays stopped.
    monitor.stopsNow = {
        let log = (try? String(contentsOfFile: "\(path)/td3/Hopper-v2_0/evaluations.csv", encoding: .utf8)) ?? ""
        if step == 0 || log.contains("\n\(step),") { questions += 1 }
        return questions > 3
    }
    let outcome = try TestRuns.train(configuration, into: path, probes: plan(every: 40), monitor: monitor)
    #expect(!outcome.isComplete && outcome.steps == step)
    #expect(try steps(tables(path)["gradient_accuracy"]).last ?? 0 < max(step, 1))
    // The plan holds the run's lock as long as it lives.
    let open = try ResumePlan(StoredRun(path)).seeds
    try #require(open == [0])
    #expect(try TestRuns.resume(path).isComplete)
    #expect(try tables(path) == tables(whole))
    #expect(try TestRuns.digests(path) == TestRuns.digests(whole))
    // Nothing is left to do then.
    #expect(try ResumePlan(StoredRun(path)).seeds.isEmpty)
}

@Test func aStoredCheckpointGivesTheNumbersOfTraining() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let configuration = try TestRuns.configuration(.mlpStandard, seeds: [0, 1])
    var probes = plan(every: 60)
    probes.kinds = [.gradientAccuracy]
    try TestRuns.train(configuration, into: path, probes: probes)
    let backend = try CPUBackend(threads: 3)
    let found = try RunProbe.gradientAccuracy(
        of: StoredRun(path), .checkpoint(.latest), settings: probes.gradientAccuracy, backend: backend,
        pool: backend.pool)
    try found.writeTables(to: folder.file("again"), of: StoredRun(path))
    for seed in 0...1 {
        for table in ProbeKind.gradientAccuracy.tables {
            let trained = try String(contentsOfFile: "\(path)/td3/Hopper-v2_\(seed)/\(table.name).csv", encoding: .utf8)
            let again = try String(
                contentsOfFile: folder.file("again/Hopper-v2_\(seed)/\(table.name).csv"), encoding: .utf8)
            let rows = trained.split(separator: "\n").filter { !$0.hasPrefix("60,") }
            #expect(again.split(separator: "\n") == rows && rows.count > 1, "\(table.name)")
        }
    }
    let other = try RunProbe.gradientAccuracy(
        of: StoredRun(path), .checkpoint(.latest), settings: probes.gradientAccuracy, randomSeed: 77, backend: backend,
        pool: backend.pool)
    #expect(other.json != found.json)
    probes.gradientAccuracy.variation = .authors
    #expect(throws: ProbeError.self) {
        try RunProbe.gradientAccuracy(
            of: StoredRun(path), .checkpoint(.best), settings: probes.gradientAccuracy, backend: backend,
            pool: backend.pool)
    }
}

@Test func runsAreComparedSeedBySeed() throws {
    let folder = try TemporaryFolder()
    var configuration = try TestRuns.configuration(.mlpStandard, seeds: [0, 1])
    try TestRuns.train(configuration, into: folder.file("first"))
    configuration.seeds = [1]
    try TestRuns.train(configuration, into: folder.file("second"))
    let backend = try CPUBackend(threads: 1)
    func compare(_ run: String, _ reference: String) throws -> RunProbe<WeightReading> {
        try RunProbe.dynamicWeights(
            of: StoredRun(folder.file(run)), .checkpoint(.latest),
            reference: (StoredRun(folder.file(reference)), .checkpoint(.latest)), backend: backend, pool: backend.pool)
    }
    // The same seed trained alone has the same weights.
    let same = try compare("second", "first").results[0].reading
    #expect(same.layers.allSatisfy { $0.histogram.totalVariation == 0 })
    #expect(throws: ProbeError.self) { try compare("first", "second") }
}
