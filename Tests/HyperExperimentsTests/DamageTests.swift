import Foundation
import HyperCPU
import HyperFormats
import Testing

@testable import HyperExperiments

/// A run of two seeds with checkpoints at 40 and 60, cut there.
private func makeRun(_ path: String) throws -> StoredRun {
    try TestRuns.train(
        TestRuns.configuration(seeds: [0, 1]), into: path, checkpoints: CheckpointPolicy(interval: .steps(20)),
        monitor: TestMonitor(lastStep: 60))
    return try StoredRun(path)
}

private func flipBit(of path: String, at offset: Int) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data[(offset + data.count) % data.count] ^= 4
    try data.write(to: URL(fileURLWithPath: path))
}

private func planProblem(_ path: String) throws -> String {
    let error = #expect(throws: FormatError.self) { try ResumePlan(StoredRun(path)) }
    return try #require(error).description
}

@Test func aDamagedStateFileIsNamedAndTheOlderCheckpointOffered() throws {
    let folder = try TemporaryFolder()
    let run = try makeRun(folder.file("run"))
    let state = "\(run.files(1).checkpoint(60))/state.safetensors"
    try flipBit(of: state, at: -5)
    let problem = try planProblem(run.path)
    #expect(problem.hasPrefix("\(state): is damaged: sha256 "))
    #expect(problem.hasSuffix("; the older checkpoint at step 40 is good: go on from it with --checkpoint 40"))
    #expect(RunInspection(run).problems.count == 1)
    // It works, and gives the same numbers.
    try TestRuns.train(TestRuns.configuration(seeds: [0, 1]), into: folder.file("whole"))
    try TestRuns.resume(run.path, checkpoint: 40)
    #expect(try TestRuns.digests(run.path) == TestRuns.digests(folder.file("whole")))
}

@Test func aDamagedCompleteRunOffersTheOlderCheckpointToo() throws {
    let folder = try TemporaryFolder()
    try TestRuns.train(
        TestRuns.configuration(), into: folder.file("run"), checkpoints: CheckpointPolicy(interval: .steps(50)))
    let run = try StoredRun(folder.file("run"))
    try flipBit(of: "\(run.files(0).checkpoint(120))/state.safetensors", at: -5)
    #expect(
        try planProblem(run.path).hasSuffix(
            "; the older checkpoint at step 100 is good: go on from it with --checkpoint 100"))
}

@Test func withoutAGoodCheckpointNothingIsOffered() throws {
    let folder = try TemporaryFolder()
    let run = try makeRun(folder.file("run"))
    for step in [40, 60] { try flipBit(of: "\(run.files(0).checkpoint(step))/state.safetensors", at: 100) }
    #expect(try planProblem(run.path).hasSuffix("; there is no older good checkpoint"))
}

@Test func everyFileOfACheckpointIsChecked() throws {
    let folder = try TemporaryFolder()
    let run = try makeRun(folder.file("run"))
    let files = run.files(0)
    let damages: [(path: String, expected: String, damage: (String) throws -> Void)] = [
        (files.segment(1, of: "replay"), "is damaged", { try flipBit(of: $0, at: -1) }),
        (files.segment(1, of: "replay"), "is missing", { try Folder.remove($0) }),
        (files.progress, "is damaged", { try flipBit(of: $0, at: 90) }),
        (files.evaluations, "the manifest of step 60 says", { try Folder.truncateFile($0, to: 10) }),
        ("\(files.checkpoint(60))/state.safetensors", "bytes, the manifest", { try Folder.truncateFile($0, to: 5000) }),
        ("\(files.checkpoint(60))/manifest.json", "not valid JSON", { try Folder.truncateFile($0, to: 200) }),
        ("\(files.checkpoint(60))/manifest.json", "cannot be read", { try Folder.remove($0) }),
        (
            "\(files.checkpoint(60))/manifest.json", "was changed after it was written",
            { path in
                let text = try String(contentsOfFile: path, encoding: .utf8)
                try text.replacingOccurrences(of: "\"stored\": 60", with: "\"stored\": 59")
                    .write(toFile: path, atomically: false, encoding: .utf8)
            }
        ),
        (
            "\(run.path)/run.json", "was changed after it was written",
            { path in
                let text = try String(contentsOfFile: path, encoding: .utf8)
                try text.replacingOccurrences(of: "\"batch-size\": 8", with: "\"batch-size\": 9")
                    .write(toFile: path, atomically: false, encoding: .utf8)
            }
        ),
    ]
    let copy = folder.file("copy")
    for (path, expected, damage) in damages {
        try Folder.remove(copy)
        try FileManager.default.copyItem(atPath: run.path, toPath: copy)
        let target = copy + path.dropFirst(run.path.count)
        try damage(target)
        let problem = try planProblem(copy)
        #expect(problem.hasPrefix("\(target): ") && problem.contains(expected), "\(problem)")
    }
}

@Test func filesOfOthersAreNotTaken() throws {
    let folder = try TemporaryFolder()
    let run = try makeRun(folder.file("run"))
    let (first, second) = (run.files(0), run.files(1))
    // Of the other seed.
    try Folder.exchange(first.checkpoint(60), second.checkpoint(60))
    #expect(try planProblem(run.path).contains("manifest.json: is of seed 1, not 0"))
    try Folder.exchange(first.checkpoint(60), second.checkpoint(60))
    // Of another step.
    try Folder.exchange(first.checkpoint(60), first.checkpoint(40))
    #expect(try planProblem(run.path).contains("manifest.json: is of step 40, not 60"))
    try Folder.exchange(first.checkpoint(60), first.checkpoint(40))
    // A state file of the other seed, under a manifest of this one.
    try Folder.exchange("\(first.checkpoint(60))/state.safetensors", "\(second.checkpoint(60))/state.safetensors")
    #expect(try planProblem(run.path).contains("state.safetensors: is damaged"))
    try Folder.exchange("\(first.checkpoint(60))/state.safetensors", "\(second.checkpoint(60))/state.safetensors")
    // Of another run of the same configuration.
    let other = try makeRun(folder.file("other"))
    try Folder.exchange(first.checkpoint(60), other.files(0).checkpoint(60))
    #expect(try planProblem(run.path).contains("manifest.json: is of run \(other.description.identity), not "))
}

@Test func namesInsideFilesAreNeverPaths() throws {
    let folder = try TemporaryFolder()
    let run = try makeRun(folder.file("run"))
    // Entries with odd names are no checkpoints, and nothing follows them.
    for name in ["step-99", "step-00000000x9", "step--000000001", "step-0000000000099"] {
        try? FileManager.default.createDirectory(
            atPath: "\(run.files(0).checkpoints)/\(name)", withIntermediateDirectories: true)
    }
    #expect(run.files(0).steps() == [40, 60])
    // A run.json with a path for an environment is refused, even with its digest in order.
    var object = try #require(run.description.json.asObject)
    object["environment"] = "../../other"
    try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: "\(run.path)/run.json")
    let error = #expect(throws: FormatError.self) { try StoredRun(run.path) }
    #expect(error?.problem.hasPrefix("\"environment\" is \"../../other\", which is not an id of ") == true)
}

/// Bit flips, cuts and exchanges all over a run folder: an error of its own, or the right numbers.
@Test func mutatedFoldersAreRefusedOrHarmless() throws {
    let folder = try TemporaryFolder()
    let run = try makeRun(folder.file("run"))
    let paths = try #require(FileManager.default.enumerator(atPath: run.path)).compactMap { $0 as? String }
        .filter { Folder.fileSize("\(run.path)/\($0)") ?? 0 > 0 }.sorted()
    let expected = try ResumePlan(run).step
    let state = try Data(contentsOf: URL(fileURLWithPath: "\(run.files(0).checkpoint(60))/state.safetensors"))
    var generator = SplitMix(state: 11)
    var refused = 0
    let copy = folder.file("copy")
    for round in 0..<200 {
        try Folder.remove(copy)
        try FileManager.default.copyItem(atPath: run.path, toPath: copy)
        let path = "\(copy)/\(paths[Int.random(in: 0..<paths.count, using: &generator)])"
        let size = try #require(Folder.fileSize(path))
        switch round % 3 {
        case 0: try flipBit(of: path, at: Int.random(in: 0..<size, using: &generator))
        case 1: try Folder.truncateFile(path, to: Int.random(in: 0..<size, using: &generator))
        default: try Folder.exchange(path, "\(copy)/\(paths[Int.random(in: 0..<paths.count, using: &generator)])")
        }
        do {
            let plan = try ResumePlan(StoredRun(copy))
            #expect(plan.step == expected, "\(path)")
            let found = try #require(plan.checkpoints?[0])
            #expect(try Data(contentsOf: URL(fileURLWithPath: found.statePath)) == state, "\(path)")
        } catch is FormatError {
            refused += 1
        } catch let error as FileWriteError {
            // The lock itself was exchanged with something.
            Issue.record("\(path): \(error)")
        }
    }
    #expect(refused > 100)
}

/// A small generator, so that the mutations are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
