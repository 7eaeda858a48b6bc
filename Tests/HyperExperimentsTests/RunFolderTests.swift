import Foundation
import Testing

@testable import HyperExperiments

/// A run's folder is never taken over by accident.
@Suite struct RunFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ name: String, in path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    @Test func aNewFolderIsMadeWithItsParents() throws {
        let run = try RunFolder(creating: folder.file("a/b"), overwrites: false)
        let seed = try run.makeSeedFolder(3, of: RunConfiguration(environment: "Hopper-v2")).path
        #expect(seed == folder.file("a/b/td3/Hopper-v2_3"))
        #expect(FileManager.default.fileExists(atPath: seed))
    }

    @Test func anEarlierRunIsRefusedUnlessOverwritten() throws {
        let path = folder.file("run")
        try write("run.json", in: path)
        try write("progress.csv", in: path + "/td3/Hopper-v2_0")
        let refusal = #expect(throws: RunFolder.Refusal.self) { try RunFolder(creating: path, overwrites: false) }
        #expect(refusal?.description.contains("--overwrite") == true)
        _ = try RunFolder(creating: path, overwrites: true)
        for name in ["run.json", "td3"] { #expect(!FileManager.default.fileExists(atPath: "\(path)/\(name)")) }
    }

    @Test func aFolderThatIsNoRunIsNeverRemoved() throws {
        let path = folder.file("thesis")
        try write("chapter1.tex", in: path)
        let refusal = #expect(throws: RunFolder.Refusal.self) { try RunFolder(creating: path, overwrites: true) }
        #expect(refusal?.description.contains("run.json") == true)
        #expect(FileManager.default.fileExists(atPath: path + "/chapter1.tex"))
    }

    @Test func whatAKilledProcessLeftBeforeItsRunBeganIsNoRun() throws {
        let path = folder.file("run")
        for name in ["lock", "run.json.123-456.tmp"] { try write(name, in: path) }
        _ = try RunFolder(creating: path, overwrites: false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["lock"])
    }

    @Test func aFileIsRefused() throws {
        try write("file", in: folder.path)
        #expect(throws: RunFolder.Refusal.self) { try RunFolder(creating: folder.file("file"), overwrites: true) }
    }
}
