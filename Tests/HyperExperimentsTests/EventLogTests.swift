import Foundation
import HyperFormats
import Testing

@testable import HyperExperiments

/// Events for TensorBoard change nothing of a run; tools/check-tensorboard reads them with TensorBoard itself.
@Suite struct EventLogTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func eventFiles(_ path: String) throws -> [String] {
        try Folder.names(in: path).filter { $0.contains("tfevents") }
    }

    @Test func aRunWithEventsComputesTheSameAndResumesIntoANewFile() throws {
        let configuration = try TestRuns.configuration()
        try TestRuns.train(configuration, into: folder.file("plain"))
        try TestRuns.train(
            configuration, into: folder.file("events"), writesEvents: true, monitor: TestMonitor(lastStep: 70))
        let seed = folder.file("events/td3/Hopper-v2_0")
        #expect(try eventFiles(seed).count == 1)
        try TestRuns.resume(folder.file("events"))
        #expect(try eventFiles(seed).count == 2)
        #expect(try eventFiles(folder.file("plain/td3/Hopper-v2_0")).isEmpty)
        #expect(try TestRuns.digests(folder.file("events")) == TestRuns.digests(folder.file("plain")))
    }

    @Test func anEventFileThatCannotBeWrittenIsAWarning() throws {
        let files = SeedFolder(path: folder.file("none"))
        var warnings: [String] = []
        let log = EventLog(files, step: 0) { warnings.append($0) }
        log.write(step: 1, [("a", 1)])
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("training goes on, without further events for TensorBoard") == true)
    }
}
