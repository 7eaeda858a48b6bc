import Foundation
import HyperAgents
import HyperFormats
import HyperModels
import Testing

@testable import HyperExperiments

/// An algorithm and settings beside its defaults.
private let algorithms = [("td3", [:]), ("sac", [:]), ("sac", ["entropy": "auto"])] as [(String, [String: String])]

/// Cut in the middle of an episode (Hopper's last about 20 steps), off the log and evaluation intervals. The paper's
/// full-size critic is cut by tools/check-resume.
@Test(
    arguments: algorithms,
    [(.mlpStandard, [0]), (.saHyper, [0]), (.mlpStandard, [0, 1, 2, 3, 4]), (.saHyper, [0, 1, 2, 3, 4])]
        as [(CriticKind, [UInt32])])
func aResumedRunEqualsAnUninterruptedOne(
    _ algorithm: (name: String, settings: [String: String]), _ run: (critic: CriticKind, seeds: [UInt32])
) throws {
    let folder = try TemporaryFolder()
    var configuration = try TestRuns.configuration(
        run.critic, algorithm: try #require(AlgorithmCatalogue.standard.named(algorithm.name)), seeds: run.seeds)
    for (name, value) in algorithm.settings { try configuration.agent.set(name, to: value) }
    #expect(try TestRuns.train(configuration, into: folder.file("whole")).isComplete)
    let expected = try TestRuns.digests(folder.file("whole"))
    for cut in [5, 47, 80, 119] {
        let path = folder.file("cut-\(cut)")
        let outcome = try TestRuns.train(configuration, into: path, monitor: TestMonitor(lastStep: cut))
        #expect(!outcome.isComplete && outcome.savedStep == cut)
        #expect(try TestRuns.resume(path).isComplete)
        #expect(try TestRuns.digests(path) == expected, "cut at \(cut)")
    }
}

/// Every critic, and buffers of both kinds: running statistics and singular vectors.
@Test(
    arguments: CriticKind.allCases.map { ($0, []) } + [
        (.saHyper, [("primary.normalization", "batch")]), (.asHyper, [("primary.normalization", "spectral")]),
        (.embHyper, [("initialization", "bias-hyperinit"), ("primary.kind", "dense"), ("primary.activation", "elu")]),
        (.resNetFeatures, [("features", "7"), ("primary.normalization", "weight"), ("primary.upsampling", "first")]),
    ] as [(CriticKind, [(key: String, value: String)])])
func everyCriticResumes(_ critic: CriticKind, _ settings: [(key: String, value: String)]) throws {
    let folder = try TemporaryFolder()
    var configuration = try TestRuns.configuration(critic, seeds: [4, 9])
    try configuration.agent.set(settings)
    try TestRuns.train(configuration, into: folder.file("whole"))
    let path = folder.file("cut")
    try TestRuns.train(configuration, into: path, monitor: TestMonitor(lastStep: 71))
    try TestRuns.resume(path)
    #expect(try TestRuns.digests(path) == TestRuns.digests(folder.file("whole")))
}

@Test func aRunThatIsCutAgainAndAgainEqualsAnUninterruptedOne() throws {
    let folder = try TemporaryFolder()
    let configuration = try TestRuns.configuration(seeds: [3, 7])
    try TestRuns.train(configuration, into: folder.file("whole"))
    let path = folder.file("cut")
    let often = CheckpointPolicy(interval: .steps(9))
    try TestRuns.train(configuration, into: path, checkpoints: often, monitor: TestMonitor(lastStep: 10))
    for cut in [11, 30, 31, 64, 90, 118] { try TestRuns.resume(path, monitor: TestMonitor(lastStep: cut)) }
    try TestRuns.resume(path)
    #expect(try TestRuns.digests(path) == TestRuns.digests(folder.file("whole")))
}

@Test func aRunCanBeMadeLonger() throws {
    let folder = try TemporaryFolder()
    var configuration = try TestRuns.configuration()
    // A ring that is larger than the first part and is filled by the second.
    try configuration.agent.set("replay-capacity", to: "100")
    try TestRuns.train(configuration, into: folder.file("whole"))
    configuration.steps = 55
    try TestRuns.train(configuration, into: folder.file("grown"))
    let plan = try ResumePlan(StoredRun(folder.file("grown")))
    #expect(plan.seeds.isEmpty)
    _ = consume plan
    try TestRuns.resume(folder.file("grown"), steps: 120)
    #expect(try TestRuns.digests(folder.file("grown")) == TestRuns.digests(folder.file("whole")))
    #expect(try StoredRun(folder.file("grown")).description.configuration.steps == 120)
}

@Test func aRunIsNotMadeShorterThanItIs() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let cut = TestMonitor(lastStep: 60)
    try TestRuns.train(
        TestRuns.configuration(), into: path, checkpoints: CheckpointPolicy(interval: .steps(25)), monitor: cut)
    let before = try Folder.names(in: try StoredRun(path).files(0).checkpoints)
    let error = #expect(throws: ResumeError.self) { try ResumePlan(StoredRun(path), steps: 50) }
    #expect(error?.description.hasPrefix("\(path): has done 60 steps already, more than 50; ") == true)
    #expect(try Folder.names(in: try StoredRun(path).files(0).checkpoints) == before)
    // Going back is what --checkpoint is for.
    try TestRuns.train(TestRuns.configuration(steps: 80), into: folder.file("whole"))
    #expect(try TestRuns.resume(path, steps: 80, checkpoint: 50).isComplete)
    #expect(try TestRuns.digests(path) == TestRuns.digests(folder.file("whole")))
}

@Test func oneSeedOfARunCanGoOnAlone() throws {
    let folder = try TemporaryFolder()
    let configuration = try TestRuns.configuration(seeds: [0, 1])
    try TestRuns.train(configuration, into: folder.file("whole"))
    let path = folder.file("cut")
    try TestRuns.train(configuration, into: path, monitor: TestMonitor(lastStep: 50))
    try TestRuns.resume("\(path)/td3/Hopper-v2_1")
    #expect(throws: Never.self) { try TestRuns.resume(path) }
    #expect(try TestRuns.digests(path) == TestRuns.digests(folder.file("whole")))
}

@Test func anEvaluationThatWasBrokenOffIsMadeAgain() throws {
    let folder = try TemporaryFolder()
    // 80 is an evaluation in the middle, 120 the last.
    for step in [80, 120] {
        let configuration = try TestRuns.configuration()
        let whole = folder.file("whole-\(step)")
        let path = folder.file("cut-\(step)")
        try TestRuns.train(configuration, into: whole)
        let monitor = TestMonitor()
        var questions = 0
        // The loop asks twice around each step; more questions at the same step come from an evaluation.
        monitor.atStep = { _ in questions = 0 }
        monitor.stopsNow = {
            questions += 1
            let log = (try? String(contentsOfFile: "\(path)/td3/Hopper-v2_0/progress.csv", encoding: .utf8)) ?? ""
            return questions > 4 && log.contains("\n\(step),")
        }
        let outcome = try TestRuns.train(configuration, into: path, monitor: monitor)
        #expect(!outcome.isComplete && outcome.steps == step && outcome.savedStep == step)
        #expect(
            try !String(contentsOfFile: "\(path)/td3/Hopper-v2_0/evaluations.csv", encoding: .utf8).contains(
                "\n\(step),"))
        #expect(try TestRuns.resume(path).isComplete)
        #expect(try TestRuns.digests(path) == TestRuns.digests(whole), "cut in the evaluation of step \(step)")
    }
}

/// Between a step and its row of the logs, between that and the evaluation, and wherever else the loop asks: 10 is a step of the log, 40
/// one of an evaluation as well.
@Test func aRunCanBeStoppedAtEveryQuestion() throws {
    let folder = try TemporaryFolder()
    var configuration = try TestRuns.configuration(steps: 42)
    configuration.evaluationEpisodes = 1
    try TestRuns.train(configuration, into: folder.file("whole"))
    let expected = try TestRuns.digests(folder.file("whole"))
    var stops: Set<Int> = []
    for last in [Int](14...26) + [Int](70...96) {
        let path = folder.file("cut-\(last)")
        let monitor = TestMonitor()
        var questions = 0
        monitor.stopsNow = {
            questions += 1
            return questions > last
        }
        let outcome = try TestRuns.train(configuration, into: path, monitor: monitor)
        stops.insert(outcome.steps)
        if !outcome.isComplete { #expect(try TestRuns.resume(path).isComplete) }
        #expect(try TestRuns.digests(path) == expected, "stopped at question \(last), step \(outcome.steps)")
    }
    #expect(stops.isSuperset(of: [10, 40]), "\(stops.sorted())")
}

@Test func twoCheckpointsAndTheBestAreKept() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    try TestRuns.train(TestRuns.configuration(), into: path, checkpoints: CheckpointPolicy(interval: .steps(25)))
    let files = try StoredRun(path).files(0)
    #expect(files.steps() == [100, 120])
    #expect(files.steps(.best).count == 1)
    // 120 transitions in segments of 30, of which a ring of 30 needs the last; the checkpoint of 100 needs two.
    #expect(files.segments(of: "replay") == [2, 3])
    let names = try Folder.names(in: files.checkpoints)
    #expect(names.count == 3, "\(names)")
    let best = try StoredCheckpoint(
        files, step: files.steps(.best)[0], kind: .best, run: StoredRun(path).description, seed: 0)
    let means = try String(contentsOfFile: files.progress, encoding: .utf8).split(separator: "\n").dropFirst()
        .compactMap { Double($0.split(separator: ",", omittingEmptySubsequences: false)[5]) }
    #expect(best.manifest.evaluation == means.max())
}

@Test func checkpointsByTimeAreTakenWhileTraining() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let monitor = TestMonitor()
    // Time for the one before to be written, also beside other work; the last checkpoint is the end's.
    monitor.atStep = { step in if step % 30 == 0 { usleep(200_000) } }
    let outcome = try TestRuns.train(
        TestRuns.configuration(), into: path, checkpoints: CheckpointPolicy(interval: .seconds(0.005)),
        monitor: monitor)
    #expect(outcome.checkpoints.count > 1)
}

@Test(arguments: [
    ("5000", CheckpointInterval.steps(5000)), ("90s", .seconds(90)), ("10m", .seconds(600)), ("2h", .seconds(7200)),
    ("1.5m", .seconds(90)), ("0", nil), ("-5", nil), ("+5", nil), ("5x", nil), ("", nil), ("m", nil), ("0m", nil),
    ("infm", nil), ("1e5", nil),
])
func intervalsAreRead(_ text: String, _ expected: CheckpointInterval?) {
    #expect(CheckpointInterval(text) == expected)
    if let expected { #expect(CheckpointInterval(expected.text) == expected) }
}
