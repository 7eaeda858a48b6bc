import Foundation
import HyperFormats
import Testing

/// Weights, batch, noise and PyTorch's answer for one update, made by tools/make-update-fixture.
private struct UpdateFixture {
    let folder: String
    let expected: SafetensorsFile

    init(_ name: String) throws {
        folder = try #require(
            Bundle.module.path(forResource: name, ofType: nil, inDirectory: "Fixtures/updates"), "\(name)")
        expected = try SafetensorsFile(contentsOf: "\(folder)/expected.safetensors")
    }

    /// The command line that computes it, without files.
    var words: [String] {
        get throws {
            let reference = try JSONValue(parsing: Array(try #require(expected.metadata["reference"]).utf8))
            return try #require(reference["words"]?.asArray).compactMap(\.asString)
        }
    }

    func file(_ name: String) -> String { "\(folder)/\(name).safetensors" }

    /// Runs the command; options that come later win.
    func run(_ options: [String], in folder: Scratch) throws -> RunningProgram {
        try RunningProgram(
            words + [
                "--weights", file("weights"), "--batch", file("batch"), "--noise", file("noise"), "--output",
                "updated.safetensors",
            ] + options, in: folder)
    }
}

/// Every tensor that PyTorch has computed, and no other: in double precision to 1e-10 of the largest element (measured 2e-15), in float32 to
/// 1e-4 (measured 9e-7).
@Test(
    arguments: ["td3-mlp-first", "td3-mlp-plain", "td3-hyper-delayed", "sac-mlp-auto", "sac-hyper-first"],
    [(["--double"], 1e-10), (["--backend", "cpu"], 1e-4)])
func anUpdateFromFilesIsPyTorchs(_ name: String, _ precision: (options: [String], limit: Double)) throws {
    let (fixture, folder) = (try UpdateFixture(name), try Scratch())
    let result = try fixture.run(precision.options, in: folder)
    #expect(result.exitCode == 0 && result.output.isEmpty && result.error.isEmpty, "\(result.error)")
    let ours = try SafetensorsFile(contentsOf: folder.file("updated.safetensors"))
    #expect(Set(ours.names) == Set(fixture.expected.names))
    var worst = 0.0
    for name in fixture.expected.names {
        let entry = try fixture.expected.entry(named: name)
        #expect(try ours.entry(named: name).shape == entry.shape, "\(name)")
        if entry.dataType == .int64 {
            #expect(try ours.int64s(named: name) == fixture.expected.int64s(named: name), "\(name)")
            continue
        }
        #expect(try ours.entry(named: name).dataType == (precision.limit < 1e-8 ? .float64 : .float32), "\(name)")
        let (found, wanted) = (try ours.doubles(named: name), try fixture.expected.doubles(named: name))
        let scale = wanted.map(abs).max() ?? 0
        let difference = zip(found, wanted).map { abs($0 - $1) }.max() ?? 0
        let error = scale > 0 ? difference / scale : difference
        #expect(error < precision.limit, "\(name): \(error)")
        worst = max(worst, error)
    }
    print(
        "\(name) \(precision.options.joined(separator: " ")): \(fixture.expected.names.count) tensors, at most \(worst)"
    )
}

/// The words follow a good command line.
@Test(
    arguments: [
        (["--double", "--backend", "cpu"], 64, "takes no '--backend' beside it"),
        (["--double", "--threads", "1"], 64, "takes no '--threads' beside it"),
        (["--set", "policy-dely=2"], 64, "Did you mean 'policy-delay'?"),
        (["--set", "primary.kind=mlp"], 64, "Setting 'primary.kind' does not apply: the critic mlp-standard"),
        (["--set", "discount=2"], 64, "Setting 'discount': '2' is not a number in 0.0...1.0."),
        (
            ["--set", "actor.hidden-sizes=9,8"], 65,
            "weights.safetensors: tensor 'actor.layers.1.weight': shape [1, 9, 7], needed is [1, 9, 8]"
        ),
        (
            ["--set", "critic.hidden-size=9"], 65,
            "tensor 'critic.layers.0.weight': shape [2, 14, 8], needed is [2, 14, 9]"
        ),
    ] as [([String], Int32, String)])
func aWrongUpdateIsOneLineWithAStatus(_ options: [String], _ exitCode: Int32, _ message: String) throws {
    let folder = try Scratch()
    let result = try UpdateFixture("td3-mlp-plain").run(options, in: folder)
    #expect(result.exitCode == exitCode && result.output.isEmpty)
    #expect(result.error.hasPrefix("Error: ") && result.error.contains(message), "\(result.error)")
    #expect(result.error.filter { $0 == "\n" }.count == 1 && !folder.exists("updated.safetensors"))
}

@Test func filesOfAnUpdateAreNamedWhereTheyAreWrong() throws {
    let (fixture, folder) = (try UpdateFixture("td3-mlp-plain"), try Scratch())
    func check(_ replaced: [String: String], _ exitCode: Int32, _ message: String) throws {
        let files = ["weights", "batch", "noise", "output"].flatMap { name in
            ["--\(name)", replaced[name] ?? (name == "output" ? "O" : fixture.file(name))]
        }
        let result = try RunningProgram(fixture.words + files + ["--double"], in: folder)
        #expect(result.exitCode == exitCode && result.error.contains(message), "\(result.error)")
        #expect(result.error.filter { $0 == "\n" }.count == 1)
    }
    try folder.write("no tensors", to: "text")
    try check(["weights": "none"], 65, "none: cannot be read")
    try check(["batch": "text"], 65, "text: the header would be")
    // Files that stand in each other's place.
    try check(["batch": fixture.file("weights")], 65, "weights.safetensors: has no tensor 'state'")
    try check(["weights": fixture.file("batch")], 65, "batch.safetensors: tensor 'action' does not belong to td3")
    try check(["noise": fixture.file("batch")], 65, "has no tensor 'target_noise'")
    let one = ["state": [1, 11], "next_state": [1, 11], "action": [1, 3], "reward": [1], "terminated": [1]]
    try SafetensorsWriter.write(
        one.map { SafetensorsTensor(name: $0, shape: $1, doubles: [Double](repeating: 0, count: $1.reduce(1, *))) },
        to: folder.file("one"))
    try check(
        ["batch": "one", "noise": fixture.file("noise")], 65, "'target_noise' has shape [5, 3], needed is [1, 3]")
    try check(["output": "no/such/folder"], 73, "no/such/folder: cannot be created")
    #expect(!folder.exists("O"))
}

/// A stored run's weights, and its checkpoint with all that a run keeps beside an update's state.
@Test func whatARunStoresCanBeUpdated() throws {
    let folder = try Scratch()
    let run = try RunningProgram(shortRun + ["--steps", "161", "--output", "run", "--quiet"], in: folder)
    #expect(run.exitCode == 0, "\(run.error)")
    let batch = try UpdateFixture("td3-mlp-plain").file("batch")
    let seed = "run/td3/Hopper-v2_0"
    for (weights, updates) in [
        ("\(seed)/weights.safetensors", 1), ("\(seed)/checkpoints/step-0000000161/state.safetensors", 12),
    ] {
        let result = try RunningProgram(
            [
                "update", "td3", "--env", "Hopper-v2", "--critic", "mlp-standard", "--weights", weights, "--batch",
                batch,
                "--output", "O", "--threads", "1",
            ], in: folder)
        #expect(result.exitCode == 0, "\(result.error)")
        let file = try SafetensorsFile(contentsOf: folder.file("O"))
        #expect(try file.int64s(named: "td3.updates") == [Int64(updates)])
        #expect(file.metadata["step"] == "162" && file.metadata["environment"] == "Hopper-v2")
    }
}
