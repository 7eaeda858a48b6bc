import Foundation
import HyperFormats
import Testing

/// A run that is over in a second.
let shortRun = [
    "train", "td3", "--env", "Hopper-v2", "--critic", "mlp-standard", "--eval-every", "100", "--eval-episodes", "2",
    "--log-every", "50", "--set", "random-steps=150", "--threads", "1",
]

@Test(
    arguments: [("td3", []), ("sac", ["--set", "steps-before-updates=150", "--set", "entropy=auto"])]
        as [(String, [String])])
func aRunLeavesItsFolderAndASeedDoesNotDependOnOthers(_ algorithm: String, _ settings: [String]) throws {
    let folder = try Scratch()
    let words = ["train", algorithm] + shortRun.dropFirst(2) + settings + ["--steps", "200"]
    let both = try RunningProgram(words + ["--seeds", "3,5", "--output", "both"], in: folder)
    #expect(both.exitCode == 0, "\(both.error)")
    #expect(both.output == "both\n")
    #expect(both.error.contains("200 of 200 steps"))
    let alone = try RunningProgram(words + ["--seeds", "5", "--quiet"], in: folder)
    #expect(alone.exitCode == 0 && alone.error.isEmpty && alone.output == "runs/mlp-standard\n")
    for name in ["weights.safetensors", "evaluations.csv"] {
        let path = "\(algorithm)/Hopper-v2_5/\(name)"
        let first = try Data(contentsOf: URL(fileURLWithPath: folder.file("both/\(path)")))
        let second = try Data(contentsOf: URL(fileURLWithPath: folder.file("runs/mlp-standard/\(path)")))
        #expect(first == second, "\(path)")
    }
    let run = try JSONValue(contentsOf: folder.file("both/run.json"))
    #expect(run["seeds"] == [3, 5] && run["steps"] == 200 && run["environment"] == "Hopper-v2")
    #expect(run["settings"]?["random-steps"] == 150 && run["algorithm"]?.asString == algorithm)
    // What was trained can be evaluated, with the policy's mean.
    let evaluation = try RunningProgram(
        ["evaluate", "both", "--episodes", "2", "--json", "--threads", "1"], in: folder)
    #expect(evaluation.exitCode == 0, "\(evaluation.error)")
    #expect(try JSONValue(parsing: Array(evaluation.output.utf8))["seeds"]?.asArray?.count == 2)
}

/// A goal is part of what a run computes: stored, resumed, evaluated; a task with goals is not trained without one.
@Test func aTaskWithGoalsIsTrainedForOne() throws {
    let folder = try Scratch()
    let words = shortRun.map { $0 == "Hopper-v2" ? "HalfCheetah-Vel" : $0 } + ["--steps", "200"]
    let refused = try RunningProgram(words + ["--output", "none"], in: folder)
    #expect(refused.exitCode == 64 && refused.error.contains("give one with --goal, as --goal 1.5."))
    var returns: [Double] = []
    for goal in ["1.5", "0.5"] {
        let trained = try RunningProgram(words + ["--goal", goal, "--output", goal], in: folder)
        #expect(trained.exitCode == 0, "\(trained.error)")
        #expect(try JSONValue(contentsOf: folder.file("\(goal)/run.json"))["goal"]?.asDouble == Double(goal))
        let evaluated = try RunningProgram(["evaluate", goal, "--json", "--threads", "1"], in: folder)
        let result = try JSONValue(parsing: Array(evaluated.output.utf8))["mean"]?.asDouble
        returns.append(try #require(result))
    }
    #expect(returns[0] < returns[1], "standing nearly still costs more, the faster one is to be: \(returns)")
    let longer = try RunningProgram(["resume", "1.5", "--steps", "250", "--threads", "1"], in: folder)
    #expect(longer.exitCode == 0, "\(longer.error)")
    let stray = try RunningProgram(shortRun + ["--goal", "1"], in: folder)
    #expect(stray.exitCode == 64 && stray.error.contains("Hopper-v2 has no goal"))
}

@Test func anEarlierRunIsKeptUnlessToldOtherwise() throws {
    let folder = try Scratch()
    let words = shortRun + ["--steps", "10", "--output", "run"]
    #expect(try RunningProgram(words, in: folder).exitCode == 0)
    let again = try RunningProgram(words, in: folder)
    #expect(again.exitCode == 73 && again.error.contains("run: exists already"))
    #expect(try RunningProgram(words + ["--overwrite"], in: folder).exitCode == 0)
}

@Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
func aSignalEndsARunInGoodOrder(_ signal: Int32, _ exitCode: Int32) throws {
    let folder = try Scratch()
    let words = shortRun + ["--steps", "100000000", "--output", "run"]
    let result = try RunningProgram(words, in: folder) { process in
        // The first row of the log tells that training has begun.
        let log = "run/td3/Hopper-v2_0/progress.csv"
        for _ in 0..<3000 where (try? folder.text(log).contains("\n50,")) != true { usleep(10_000) }
        kill(process, signal)
    }
    #expect(result.exitCode == exitCode)
    #expect(result.error.contains("is saved. Go on with: hyperrl resume run"))
    // What is saved is whole, and the run goes on from it.
    #expect(try RunningProgram(["verify", "run"], in: folder).exitCode == 0)
    let saved = try #require(
        try FileManager.default.contentsOfDirectory(atPath: folder.file("run/td3/Hopper-v2_0/checkpoints"))
            .first { $0.hasPrefix("step-") }?.split(separator: "-").last.flatMap { Int($0) })
    let resumed = try RunningProgram(["resume", "run", "--steps", "\(saved + 5)", "--threads", "1"], in: folder)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
    let weights = try SafetensorsFile(contentsOf: folder.file("run/td3/Hopper-v2_0/weights.safetensors"))
    #expect(weights.names.contains("actor.layers.0.weight"))
}

@Test func aDryRunTellsAndLeavesNothing() throws {
    let folder = try Scratch()
    let result = try RunningProgram(shortRun + ["--steps", "500", "--dry-run"], in: folder)
    #expect(result.exitCode == 0)
    #expect(try JSONValue(parsing: Array(result.output.utf8))["steps"] == 500)
    #expect(result.error.hasPrefix("The run will take about "))
    #expect(!folder.exists("runs"))
}

@Test(
    arguments: [("td3", 150, "random-steps"), ("sac", 256, "steps-before-updates")] as [(String, Int, String)])
func aRunThatLearnsNothingSaysSo(_ algorithm: String, _ before: Int, _ setting: String) throws {
    let folder = try Scratch()
    func error(_ steps: Int) throws -> String {
        let words = ["train", algorithm] + shortRun.dropFirst(2) + ["--steps", "\(steps)", "--dry-run", "--quiet"]
        let result = try RunningProgram(words, in: folder)
        #expect(result.exitCode == 0)
        return result.error
    }
    #expect(
        try error(before).hasPrefix(
            "Warning: nothing will be learned: the run has \(before) steps, and updates begin after \(before); give more --steps, "
                + "or a smaller --set \(setting).\n"))
    #expect(try error(before + 1).hasPrefix("The run will take about "))
    // A run that is quiet says it, too, before it starts.
    let words = ["train", algorithm] + shortRun.dropFirst(2) + ["--steps", "3", "--quiet"]
    #expect(
        try RunningProgram(words, in: folder).error.hasPrefix("Warning: nothing will be learned: the run has 3 steps"))
}

@Test func bothBackendsEvaluateTrainedWeightsAlike() throws {
    let folder = try Scratch()
    #expect(try RunningProgram(shortRun + ["--steps", "160", "--output", "run"], in: folder).exitCode == 0)
    let states = (0..<4 * 11).map { Float($0 % 7) / 7 - 0.5 }
    let actions = (0..<4 * 3).map { Double($0 % 5) / 5 - 0.5 }
    try SafetensorsWriter.write(
        [
            SafetensorsTensor(name: "state", shape: [4, 11], floats: states),
            SafetensorsTensor(name: "action", shape: [4, 3], doubles: actions),
        ], to: folder.file("inputs"))
    var results: [SafetensorsFile] = []
    for backend in ["cpu", "reference"] {
        let result = try RunningProgram(
            [
                "critic", "evaluate", "--critic", "mlp-standard", "--env", "Hopper-v2", "--inputs", "inputs",
                "--weights",
                "run/td3/Hopper-v2_0/weights.safetensors", "--output", backend, "--backend", backend,
            ], in: folder)
        #expect(result.exitCode == 0, "\(result.error)")
        results.append(try SafetensorsFile(contentsOf: folder.file(backend)))
    }
    for (name, shape) in [("q", [2, 4]), ("dq_da", [2, 4, 3])] {
        let pairs = zip(
            try results[0].floats(named: name, shape: shape), try results[1].floats(named: name, shape: shape))
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }, "\(name)")
        #expect(try results[0].floats(named: name).contains { $0 != 0 })
    }
}
