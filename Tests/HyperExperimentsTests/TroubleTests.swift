import Foundation
import Glibc
import HyperCPU
import HyperFormats
import HyperTensor
import Testing

@testable import HyperExperiments

// MARK: The lock

@Test func aSecondProcessIsRefusedWithTheFirstOnesNumber() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    try TestRuns.train(TestRuns.configuration(steps: 20), into: path, monitor: TestMonitor(lastStep: 10))
    let first = try ResumePlan(StoredRun(path))
    #expect(try StoredRun(path).holder?.process == Int(getpid()))
    for attempt in [
        { _ = try ResumePlan(StoredRun(path)) }, { _ = try RunFolder(creating: path, overwrites: true) },
    ] as [() throws -> Void] {
        let error = #expect(throws: RunLock.Held.self) { try attempt() }
        #expect(error?.holder.process == Int(getpid()))
        #expect(error?.description.contains("is in use by process \(getpid())") == true)
    }
    #expect(first.step == 10)
}

@Test func aStaleLockIsTaken() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    try TestRuns.train(TestRuns.configuration(steps: 20), into: path, monitor: TestMonitor(lastStep: 10))
    // As a killed process leaves it; its number may belong to another process by now.
    try "1\n".write(toFile: "\(path)/lock", atomically: false, encoding: .utf8)
    #expect(try StoredRun(path).holder == nil)
    #expect(try TestRuns.resume(path).isComplete)
}

@Test func aHolderWithoutANumberIsAHolder() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    try TestRuns.train(TestRuns.configuration(steps: 20), into: path, monitor: TestMonitor(lastStep: 10))
    let run = try StoredRun(path)
    #expect(RunInspection(run).json["in_use"] == false)
    let first = try ResumePlan(run)
    #expect(RunInspection(run).json["process"] == .integer(Int(getpid())))
    try "".write(toFile: "\(path)/lock", atomically: false, encoding: .utf8)
    let holder = try #require(run.holder)
    #expect(holder.process == nil && holder.description == "another process")
    #expect(RunInspection(run).json["in_use"] == true && RunInspection(run).json["process"] == .null)
    #expect(first.step == 10)
}

@Test func theMachineOfTheHolderIsToldIfItIsAnother() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    try TestRuns.train(TestRuns.configuration(steps: 20), into: path, monitor: TestMonitor(lastStep: 10))
    let first = try ResumePlan(StoredRun(path))
    let here = try String(contentsOfFile: "\(path)/lock", encoding: .utf8)
    #expect(here.hasPrefix("\(getpid())\n"))
    for (content, expected) in [
        ("17\nelsewhere\n", "is in use by process 17 on elsewhere; "), (here, "is in use by process \(getpid()); "),
        ("17\na\u{1b}[2Jb\n", "is in use by process 17; "), ("", "is in use by another process; "),
    ] {
        try content.write(toFile: "\(path)/lock", atomically: false, encoding: .utf8)
        let error = #expect(throws: RunLock.Held.self) { try ResumePlan(StoredRun(path)) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
    #expect(first.step == 10)
}

/// Somebody removes or moves the folder of a run under way, and begins another run in its place.
@Test func aFolderThatWasReplacedIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let monitor = TestMonitor()
    let other = try TestRuns.configuration(seeds: [0], steps: 30)
    var newcomer: [String: String] = [:]
    monitor.atStep = { step in
        guard step == 60 else { return }
        for _ in 0..<1000 where SeedFolder(path: "\(path)/td3/Hopper-v2_0").steps().last != 50 { usleep(10_000) }
        try? FileManager.default.moveItem(atPath: path, toPath: folder.file("moved"))
        try? TestRuns.train(other, into: path)
        newcomer = (try? TestRuns.digests(path)) ?? [:]
    }
    let error = #expect(throws: FileWriteError.self) {
        try TestRuns.train(
            TestRuns.configuration(), into: path, checkpoints: CheckpointPolicy(interval: .steps(25)), monitor: monitor)
    }
    #expect(error?.path == path && error?.problem.hasPrefix("was moved, removed or replaced while") == true)
    #expect(!newcomer.isEmpty)
    #expect(try TestRuns.digests(path) == newcomer)
    #expect(RunInspection(try StoredRun(path)).problems.isEmpty)
    // Where it went, the run goes on.
    try TestRuns.resume(folder.file("moved"))
    try TestRuns.train(TestRuns.configuration(), into: folder.file("whole"))
    #expect(try TestRuns.digests(folder.file("moved")) == TestRuns.digests(folder.file("whole")))
}

// MARK: Numbers that are not finite

/// Trains two seeds and writes a bad number into the second one's state after `step`.
private func trainWithBadNumber(
    _ number: Float, in variable: String, after step: Int, steps: Int = 120, into path: String
) throws -> (outcome: TrainingRun.Outcome, monitor: TestMonitor) {
    let backend = try CPUBackend(threads: 1)
    let monitor = TestMonitor()
    let run = try TrainingRun(
        TestRuns.configuration(seeds: [0, 1], steps: steps), folder: RunFolder(creating: path, overwrites: false),
        checkpoints: CheckpointPolicy(interval: .steps(7)), backend: backend, pool: backend.pool,
        build: TestRuns.build, monitor: monitor)
    monitor.atStep = { [unowned run] now in
        guard now == step, let target = run.trainer.learner.state.layout.variables.first(where: { $0.name == variable })
        else {
            return
        }
        let second = target.type.count / 2
        withUnsafeBytes(of: number) {
            try? run.trainer.learner.state.write(target, elements: second..<second + 1, from: $0)
        }
    }
    return (try run.run(), monitor)
}

@Test(arguments: [
    ("critic.layers.0.weight", Float.nan), ("actor.layers.2.bias", .infinity),
    ("critic_second_moment.layers.1.weight", .infinity), ("actor_first_moment.layers.0.bias", -.infinity),
    ("critic_target.layers.0.weight", .nan),
])
func aSeedWithABadNumberIsFrozenAndTheOthersGoOn(_ variable: String, _ number: Float) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let (outcome, monitor) = try trainWithBadNumber(number, in: variable, after: 53, into: path)
    #expect(outcome.isComplete && outcome.stoppedSeeds.map(\.seed) == [1])
    // Noticed in the same log interval of 10 steps, and never saved.
    let run = try StoredRun(path)
    let frozen = try #require(try run.frozen(1))
    #expect((53...60).contains(frozen.step) && frozen.checkpoint == 49)
    #expect(run.files(1).steps() == [42, 49])
    let reason = try #require(outcome.stoppedSeeds.first?.reason)
    #expect(reason.contains("tensor") && reason.contains("last good checkpoint is step 49"), "\(reason)")
    #expect(monitor.warnings.contains { $0.contains("seed 1 is frozen at step") })
    // The other seed is the one that it would be alone.
    try TestRuns.train(TestRuns.configuration(seeds: [0]), into: folder.file("alone"))
    for (name, digest) in try TestRuns.digests(folder.file("alone")) where !name.contains("rows") {
        let files = run.files(0)
        if name == "0/weights" { #expect(try SHA256.receipt(ofFile: files.weights).sha256 == digest) }
        if name == "0/evaluations" { #expect(try SHA256.receipt(ofFile: files.evaluations).sha256 == digest) }
    }
    // It stays frozen.
    let plan = try ResumePlan(run, steps: 130)
    #expect(plan.seeds == [0] && plan.frozenSeeds.map(\.seed) == [1])
}

@Test func aLossThatOverflowsOnceIsNoticed() throws {
    let folder = try TemporaryFolder()
    // Rewards of 1e30 square to infinity, while Adam's steps stay finite until the next look.
    let (outcome, _) = try trainWithBadNumber(0, in: "losses_were_finite", after: 53, into: folder.file("run"))
    #expect(outcome.stoppedSeeds.map(\.seed) == [1])
    #expect(outcome.stoppedSeeds.first?.reason.contains("a loss was not finite") == true)
}

@Test func aBadNumberJustBeforeACheckpointIsNotSaved() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    // Checkpoints come every 7 steps, logs every 10: at 56 only the check of the copy can see it.
    let (outcome, _) = try trainWithBadNumber(.nan, in: "critic_target.layers.1.bias", after: 55, into: path)
    #expect(outcome.stoppedSeeds.map(\.seed) == [1])
    #expect(try StoredRun(path).files(1).steps() == [42, 49])
}

/// After the last row of the log nothing but the look at the end can see it.
@Test func weightsThatAreNotFiniteAreNoResult() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let (outcome, _) = try trainWithBadNumber(
        .nan, in: "actor.layers.1.weight", after: 125, steps: 125, into: path)
    #expect(outcome.stoppedSeeds.map(\.seed) == [1] && outcome.finalReturns.count == 1)
    let run = try StoredRun(path)
    #expect(Folder.exists(run.files(0).weights) && !Folder.exists(run.files(1).weights))
    #expect(run.files(0).steps().last == 125 && run.files(1).steps().last == 119)
}

// MARK: Disks

/// Puts a file where the folder of the checkpoints was, after the first checkpoint.
private func breakCheckpoints(of path: String, at step: Int) -> (Int) -> Void {
    { now in
        guard now == step else { return }
        let files = SeedFolder(path: "\(path)/td3/Hopper-v2_0")
        for _ in 0..<1000 where files.steps().isEmpty { usleep(10_000) }
        try? FileManager.default.moveItem(atPath: files.checkpoints, toPath: "\(path)/hidden")
        try? "".write(toFile: files.checkpoints, atomically: false, encoding: .utf8)
    }
}

@Test func aCheckpointThatCannotBeWrittenEndsTheRunAndLeavesTheOldOne() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let monitor = TestMonitor()
    monitor.atStep = breakCheckpoints(of: path, at: 30)
    let policy = CheckpointPolicy(interval: .steps(25))
    let error = #expect(throws: FileWriteError.self) {
        try TestRuns.train(TestRuns.configuration(), into: path, checkpoints: policy, monitor: monitor)
    }
    #expect(error?.path.hasPrefix("\(path)/td3/Hopper-v2_0/checkpoints/unfinished-") == true)
    #expect(error?.problem.contains("Not a directory") == true)
    let files = SeedFolder(path: "\(path)/td3/Hopper-v2_0")
    try Folder.remove(files.checkpoints)
    try FileManager.default.moveItem(atPath: "\(path)/hidden", toPath: files.checkpoints)
    try TestRuns.train(TestRuns.configuration(), into: folder.file("whole"))
    #expect(try ResumePlan(StoredRun(path)).step == 25)
    try TestRuns.resume(path)
    #expect(try TestRuns.digests(path) == TestRuns.digests(folder.file("whole")))
}

@Test func trainingGoesOnAfterAFailureIfToldSo() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let monitor = TestMonitor()
    let breaks = breakCheckpoints(of: path, at: 30)
    monitor.atStep = { step in
        breaks(step)
        if step == 110 {
            try? Folder.remove("\(path)/td3/Hopper-v2_0/checkpoints")
            try? Folder.make("\(path)/td3/Hopper-v2_0/checkpoints")
        }
    }
    let policy = CheckpointPolicy(interval: .steps(25), afterFailure: .continue)
    #expect(try TestRuns.train(TestRuns.configuration(), into: path, checkpoints: policy, monitor: monitor).isComplete)
    #expect(monitor.warnings.count >= 3 && monitor.warnings[0].contains("training goes on, the last checkpoint stays"))
    #expect(try StoredRun(path).files(0).steps().last == 120)
}

@Test func tooLittleSpaceIsToldWithTheBytes() throws {
    let folder = try TemporaryFolder()
    let record = CheckpointRecord(lastGoodStep: nil)
    try record.checkSpace(1, at: folder.path)
    let error = #expect(throws: FileWriteError.self) { try record.checkSpace(Int.max / 2, at: folder.path) }
    #expect(error?.problem.hasPrefix("no checkpoint was written: \(Int.max / 2) bytes are needed, ") == true)
}
