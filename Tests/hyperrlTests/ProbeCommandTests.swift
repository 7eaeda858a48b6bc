import Foundation
import HyperFormats
import Testing

private let probedRun =
    shortRun + [
        "--steps", "160", "--output", "run", "--probe", "gradient-accuracy", "--probe-every", "80", "--probe-set",
        "states=3",
        "--probe-set", "trajectories=5",
    ]

@Test func aProbeRunsWhileTrainingAndOnWhatIsStored() throws {
    let folder = try Scratch()
    let training = try RunningProgram(probedRun, in: folder)
    #expect(training.exitCode == 0, "\(training.error)")
    #expect(training.error.contains("step 160: gradient-accuracy: cosine similarity "))
    let rows = try folder.text("run/td3/Hopper-v2_0/gradient_accuracy.csv").split(separator: "\n")
    #expect(rows.count == 3 && rows[1].hasPrefix("80,3,") && rows[2].hasPrefix("160,3,"))

    let same = ["--set", "states=3", "--set", "trajectories=5", "--threads", "1"]
    let words = ["probe", "gradient-accuracy", "run"] + same
    let json = try RunningProgram(words + ["--json", "--output", "tables"], in: folder)
    #expect(json.exitCode == 0 && json.error.isEmpty, "\(json.error)")
    let seed = try #require(try JSONValue(parsing: Array(json.output.utf8))["seeds"]?.asArray?.first)
    #expect(seed["step"] == 160 && seed["per_state"]?.asArray?.count == 3)
    #expect(seed["per_state"]?.asArray?[0]["gradient"]?.asArray?.count == 3)
    let again = try folder.text("tables/Hopper-v2_0/gradient_accuracy.csv").split(separator: "\n")
    #expect(again == [rows[0], rows[2]])
    let table = try RunningProgram(words, in: folder)
    #expect(table.lines.count == 2 && table.lines[0].hasPrefix("SEED  STEP  STATES  COSINE"))
    // What is measured at the start needs no checkpoint.
    let start = try RunningProgram(words + ["--checkpoint", "start"], in: folder)
    #expect(start.exitCode == 0 && start.lines[1].hasPrefix("0     0 "), "\(start.output)")
}

@Test func histogramsAreMeasuredAndCompared() throws {
    let folder = try Scratch()
    #expect(try RunningProgram(shortRun + ["--steps", "40", "--output", "mlp"], in: folder).exitCode == 0)
    let run = try RunningProgram(
        [
            "train", "td3", "--env", "Hopper-v2", "--steps", "3", "--output", "hyper", "--eval-every", "100",
            "--threads", "1",
        ], in: folder)
    #expect(run.exitCode == 0, "\(run.error)")
    let words = ["probe", "dynamic-weights", "hyper", "--checkpoint", "start", "--set", "states=5"]
    let found = try RunningProgram(words, in: folder)
    #expect(found.exitCode == 0 && found.lines.count == 3, "\(found.error)")
    #expect(found.lines[0].hasSuffix("DISTANCE %"))
    let small = try RunningProgram(
        shortRun.map { $0 == "mlp-standard" ? "mlp-small" : $0 } + ["--steps", "40", "--output", "small"], in: folder)
    #expect(small.exitCode == 0, "\(small.error)")
    let compared = try RunningProgram(
        words + ["--reference", "small", "--reference-checkpoint", "start", "--output", "tables"], in: folder)
    // Untrained, mlp-small has the weights that are the reference otherwise.
    #expect(compared.exitCode == 0 && compared.output == found.output, "\(compared.error)")
    #expect(try folder.text("tables/Hopper-v2_0/dynamic_weights_histogram.csv").split(separator: "\n").count == 201)
    // 3 layers against 2.
    let wrong = try RunningProgram(words + ["--reference", "mlp"], in: folder)
    #expect(wrong.exitCode == 64 && wrong.error.contains("2 layers of weights, the reference 3"), "\(wrong.error)")
    #expect(wrong.error.filter { $0 == "\n" }.count == 1)
}

@Test(arguments: [
    (["probe", "gradient-accuracy", "none"], 65, "none: is no folder"),
    (["probe", "gradient-accuracy", "run", "--checkpoint", "3"], 65, "holds no checkpoint of step 3"),
    (["probe", "gradient-accuracy", "run", "--checkpoint", "newest"], 64, "neither 'start' nor 'latest'"),
    (["probe", "gradient-accuracy", "run", "--set", "trajectories=3"], 64, "set trajectories to at least 4"),
    (["probe", "gradient-accuracy", "run", "--set", "action-noise=0"], 64, "no action is varied"),
    (["probe", "gradient-accuracy", "run", "--set", "variation=ours"], 64, "is not one of paper, authors"),
    (["probe", "gradient-accuracy", "run", "--set", "stats=3"], 64, "Did you mean 'states'?"),
    (
        ["probe", "gradient-accuracy", "run", "--checkpoint", "best", "--set", "variation=authors"], 64,
        "no target critics"
    ),
    (["probe", "update-noise", "run"], 64, "update-noise: the algorithm has no updates that can be taken back"),
    (["probe", "update-noise", "run", "--checkpoint", "best"], 64, "name a step or 'latest'"),
    (["probe", "update-noise", "run", "--set", "repeats=1"], 64, "'1' is not an integer in 2...1000"),
    (["probe", "dynamic-weights", "run"], 64, "3 layers of weights, the reference 2"),
    (["probe", "dynamic-weights", "run", "--reference", "none"], 65, "none: is no folder"),
    (["probe", "gradient-acuracy", "run"], 64, "Did you mean 'gradient-accuracy'?"),
    (["train", "td3", "--probe", "gradient"], 64, "Unknown value 'gradient'"),
    (["train", "td3", "--probe-every", "5"], 64, "need '--probe'"),
    (["train", "td3", "--probe", "gradient-accuracy", "--probe-set", "bins=5"], 64, "Unknown setting 'bins'"),
])
func whatCannotBeProbedIsOneLine(_ words: [String], _ exitCode: Int32, _ message: String) throws {
    let folder = try Scratch()
    if words.contains("run") {
        #expect(try RunningProgram(shortRun + ["--steps", "100", "--output", "run"], in: folder).exitCode == 0)
    }
    let result = try RunningProgram(words, in: folder)
    #expect(result.exitCode == exitCode && result.output.isEmpty)
    #expect(result.error.hasPrefix("Error: ") && result.error.contains(message), "\(result.error)")
    #expect(result.error.filter { $0 == "\n" }.count == 1)
}
