import Foundation
import HyperCPU
import HyperFormats
import HyperTensor
import Testing

@testable import HyperExperiments

/// The CPU, which says that it was tuned.
private final class TunedBackend: Backend {
    let base: CPUBackend
    let device: DeviceDescription

    init(_ tuning: String?, name: String = "some GPU") throws {
        base = try CPUBackend(threads: 1)
        device = DeviceDescription(backend: "opencl", name: name, isGPU: false, tuning: tuning)
    }

    func makeState(_ layout: StateLayout) throws -> any StateStore { try base.makeState(layout) }

    func schedule(_ program: Program, varying: Set<String>?) -> Schedule { base.schedule(program, varying: varying) }

    func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        try base.compile(schedule, state: state)
    }
}

/// The tuning of a device belongs to what a run computes with: going on with another one is refused unless it is wanted.
@Suite struct RetuningTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("run") }

    private init() throws { folder = try TemporaryFolder() }

    /// A run of one seed that is cut at step 50, computed with a tuning.
    private func train(_ tuning: String?, writesEvents: Bool = false) throws {
        let backend = try TunedBackend(tuning)
        // The run does not hold it.
        let monitor = TestMonitor(lastStep: 50)
        let run = try TrainingRun(
            TestRuns.configuration(), folder: RunFolder(creating: path, overwrites: false),
            checkpoints: CheckpointPolicy(interval: .steps(25)), writesEvents: writesEvents, backend: backend,
            pool: backend.base.pool, build: TestRuns.build, monitor: monitor)
        let outcome = try withExtendedLifetime(monitor) { try run.run() }
        #expect(outcome.steps == 50)
    }

    private func resume(
        _ tuning: String?, on name: String = "some GPU", allows: Bool = false, monitor: TestMonitor = TestMonitor()
    ) throws {
        var plan = try ResumePlan(StoredRun(path))
        plan.allowsRetuning = allows
        let backend = try TunedBackend(tuning, name: name)
        let run = try TrainingRun(
            resuming: plan, backend: backend, pool: backend.base.pool, build: TestRuns.build, monitor: monitor)
        try withExtendedLifetime(monitor) { _ = try run.run() }
    }

    private func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) where !name.hasSuffix("lock") {
            files[name] = FileManager.default.contents(atPath: "\(path)/\(name)")
        }
        return files
    }

    private func newestTuning() throws -> String? {
        let run = try StoredRun(path)
        let step = try #require(run.latestStep(0))
        return try StoredCheckpoint(run.files(0), step: step, run: run.description, seed: 0).manifest.tuning
    }

    @Test func theSameTuningGoesOn() throws {
        try train("aaaa")
        #expect(try StoredRun(path).description.tuning == "aaaa" && newestTuning() == "aaaa")
        try resume("aaaa")
        let description = try StoredRun(path).description
        #expect(description.tuning == "aaaa" && description.retunedSteps.isEmpty)
    }

    @Test func anotherTuningIsRefusedAndChangesNothing() throws {
        try train("aaaa")
        let before = try files()
        let error = #expect(throws: ResumeError.self) { try resume("bbbb") }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("\(path): the kernel sizes of this device are not those of the checkpoint at step 50 "))
        #expect(text.contains("(SHA-256 bbbb, not aaaa)") && text.contains("--allow-retuned"))
        #expect(text.contains("HYPERRL_TUNING") && !text.contains("\n"))
        #expect(try files() == before)
        try resume("aaaa")
    }

    @Test func anotherTuningThatIsAllowedIsToldAndStored() throws {
        try train("aaaa", writesEvents: true)
        let monitor = TestMonitor(lastStep: 75)
        try resume("bbbb", allows: true, monitor: monitor)
        #expect(monitor.warnings.count == 1 && monitor.warnings[0].contains("(SHA-256 bbbb, not aaaa)"))
        let description = try StoredRun(path).description
        #expect(description.tuning == "bbbb" && description.retunedSteps == [50])
        #expect(try newestTuning() == "bbbb")
        let seed = try StoredRun(path).files(0).path
        let events = try Folder.names(in: seed).filter { $0.hasPrefix("events.out.tfevents.") }.sorted()
        let name = try #require(events.last)
        let newest = try #require(FileManager.default.contents(atPath: "\(seed)/\(name)"))
        #expect(newest.range(of: Data("(SHA-256 bbbb, not aaaa)".utf8)) != nil)
        // From here on this is the run's tuning.
        #expect(throws: ResumeError.self) { try resume("aaaa") }
        try resume("bbbb")
        #expect(try StoredRun(path).description.retunedSteps == [50])
        try inspectIsWhole()
    }

    private func inspectIsWhole() throws { #expect(RunInspection(try StoredRun(path)).problems.isEmpty) }

    /// What counts is what the checkpoint was computed with, not what ran last: a process may have died before its first checkpoint.
    @Test func aProcessThatLeftNoCheckpointDecidesNothing() throws {
        try train("aaaa")
        try resume("bbbb", allows: true, monitor: TestMonitor(lastStep: 0))
        #expect(try StoredRun(path).description.tuning == "bbbb" && newestTuning() == "aaaa")
        try resume("aaaa")
    }

    /// Programs before this one stored no tuning; and the CPU has none.
    @Test(arguments: [(nil, "bbbb"), ("aaaa", nil), (nil, nil)] as [(String?, String?)])
    func withoutATuningThereIsNothingToCompare(_ before: String?, _ now: String?) throws {
        try train(before)
        #expect(try newestTuning() == before)
        try resume(now)
        #expect(try newestTuning() == now && StoredRun(path).description.tuning == now)
    }

    /// Another device rounds differently whatever its sizes; programs warn of it.
    @Test func anotherDeviceIsNoRetuning() throws {
        try train("aaaa")
        try resume("bbbb", on: "another GPU")
        #expect(try StoredRun(path).description.retunedSteps.isEmpty)
    }

    @Test func aConfigurationMayComeFromATunedRun() throws {
        try train("aaaa")
        try resume("bbbb", allows: true)
        let layer = try ConfigurationFile.read("\(path)/run.json")
        #expect(!layer.values.isEmpty && !layer.values.contains { ["tuning", "retuned"].contains($0.key) })
    }
}
