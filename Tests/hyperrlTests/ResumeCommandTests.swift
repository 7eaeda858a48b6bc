import Foundation
import HyperFormats
import Testing

/// Words of a run that never ends by itself, with a row of its log every 50 steps.
private let longRun = shortRun + ["--steps", "100000000", "--output", "run"]

/// Starts a run and signals it once it trains.
private func interrupted(_ signals: [Int32], in folder: Scratch, words: [String] = longRun) throws -> RunningProgram {
    try RunningProgram(words, in: folder) { process in
        let log = "run/td3/Hopper-v2_0/progress.csv"
        for _ in 0..<3000 where (try? folder.text(log).contains("\n200,")) != true { usleep(10_000) }
        for signal in signals { kill(process, signal) }
    }
}

@Test(arguments: [
    (SIGINT, 130, "Interrupted: saving a checkpoint."), (SIGTERM, 143, "Terminated: saving a checkpoint."),
    (SIGUSR1, 75, "SIGUSR1: saving a checkpoint"), (SIGUSR2, 75, "SIGUSR2: saving a checkpoint"),
    (SIGXCPU, 75, "SIGXCPU: saving a checkpoint"), (SIGHUP, 129, "Hung up: saving a checkpoint"),
])
func aSignalSavesTheRunAndTellsHowToGoOn(_ signal: Int32, _ exitCode: Int32, _ answer: String) throws {
    let folder = try Scratch()
    let result = try interrupted([signal], in: folder)
    #expect(result.exitCode == exitCode)
    #expect(result.error.contains(answer))
    #expect(!folder.exists("run/td3/Hopper-v2_0/weights.safetensors"))
    // The command that is told works as it stands.
    let line = try #require(result.error.split(separator: "\n").last { $0.contains("Go on with: ") })
    let command = try #require(line.components(separatedBy: "Go on with: ").last).split(separator: " ").map(String.init)
    #expect(command == ["hyperrl", "resume", "run", "--threads", "1"])
    let step = try #require(line.firstMatch(of: /a checkpoint of step (\d+) is saved/)).1
    let resumed = try RunningProgram(command.dropFirst() + ["--steps", "\(step + "0")"], in: folder)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
    #expect(resumed.error.contains("Going on with run from step \(step) on "))
    #expect(folder.exists("run/td3/Hopper-v2_0/weights.safetensors"))
}

/// `tools/check-signals` measures the time; here only the order counts, which no busy machine changes.
@Test func aSignalIsAnsweredBeforeTheEvaluationEnds() throws {
    let folder = try Scratch()
    // 300,000 steps of evaluation after step 100.
    var words = longRun
    for (option, value) in [("--env", "HalfCheetah-v2"), ("--eval-episodes", "300")] {
        words[try #require(words.firstIndex(of: option)) + 1] = value
    }
    let result = try RunningProgram(words, in: folder) { process in
        wait(for: "\n100,", in: "run/td3/HalfCheetah-v2_0/progress.csv", of: folder)
        kill(process, SIGINT)
    }
    #expect(result.exitCode == 130)
    #expect(result.error.contains("Interrupted: saving a checkpoint."))
    #expect(try !folder.text("run/td3/HalfCheetah-v2_0/evaluations.csv").contains("\n100,"))
    #expect(try RunningProgram(["verify", "run"], in: folder).exitCode == 0)
}

/// The last thing a run does is to evaluate; broken off there, only the evaluation is left to do.
@Test(arguments: [("td3", []), ("sac", ["--set", "steps-before-updates=150"])] as [(String, [String])])
func aRunThatIsCutInItsLastEvaluationEqualsAnUninterruptedOne(_ algorithm: String, _ settings: [String]) throws {
    let folder = try Scratch()
    // 40,000 steps of evaluation, all after the last step of training.
    var words = ["train", algorithm] + shortRun.dropFirst(2) + settings + ["--steps", "200"]
    for (option, value) in [("--env", "HalfCheetah-v2"), ("--eval-every", "200"), ("--eval-episodes", "40")] {
        words[try #require(words.firstIndex(of: option)) + 1] = value
    }
    #expect(try RunningProgram(words + ["--output", "whole"], in: folder).exitCode == 0)
    let seedFolder = "\(algorithm)/HalfCheetah-v2_0"
    let cut = try RunningProgram(words + ["--output", "cut"], in: folder) { process in
        wait(for: "\n200,", in: "cut/\(seedFolder)/progress.csv", of: folder)
        kill(process, SIGTERM)
    }
    #expect(cut.exitCode == 143 && !folder.exists("cut/\(seedFolder)/weights.safetensors"))
    #expect(try !folder.text("cut/\(seedFolder)/evaluations.csv").contains("\n200,"))
    let resumed = try RunningProgram(["resume", "cut", "--threads", "1"], in: folder)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
    for name in ["weights.safetensors", "evaluations.csv"] {
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("whole/\(seedFolder)/\(name)")))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("cut/\(seedFolder)/\(name)"))) == whole)
    }
    let rows = try progress("whole/\(seedFolder)", in: folder)
    #expect(try rows.count == 6 && progress("cut/\(seedFolder)", in: folder) == rows)
    #expect(try RunningProgram(["verify", "cut"], in: folder).exitCode == 0)
}

/// The rows of progress.csv without wall-clock columns, the header first.
private func progress(_ seedFolder: String, in folder: Scratch) throws -> [[Substring]] {
    let rows = try folder.text("\(seedFolder)/progress.csv").split(separator: "\n")
        .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let header = try #require(rows.first)
    let kept = header.indices.filter { !["seconds", "steps_per_second"].contains(header[$0]) }
    return rows.map { row in kept.map { row[$0] } }
}

@Test func aSecondInterruptionEndsAtOnceAndLeavesTheOldCheckpointGood() throws {
    let folder = try Scratch()
    let result = try interrupted([SIGINT, SIGINT], in: folder, words: longRun + ["--checkpoint-every", "60"])
    // Ended by the signal itself, which Foundation gives as its number, or just after the checkpoint.
    #expect(result.exitCode == SIGINT || result.exitCode == 130)
    let verified = try RunningProgram(["verify", "run"], in: folder)
    #expect(verified.exitCode == 0 && verified.lines.contains { $0.hasPrefix("good ") && $0.contains("/step-") })
}

/// Lowers or lifts the limit on the size of files that a process may write, which then fails in the middle of a row.
///
/// - Parameter byteCount: The limit, found while the process stands still and cannot write beyond it; nil lifts it.
private func limitFiles(of process: pid_t, to byteCount: () throws -> Int?) throws {
    kill(process, SIGSTOP)
    defer { kill(process, SIGCONT) }
    for _ in 0..<3000 where try !standsStill(process) { usleep(10_000) }
    let limit = try byteCount().map(String.init) ?? "unlimited"
    let command = Process()
    command.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
    // The soft limit alone, so that it can be lifted again.
    command.arguments = ["--pid", "\(process)", "--fsize=\(limit):"]
    try command.run()
    command.waitUntilExit()
    try #require(command.terminationStatus == 0)
}

/// Whether every thread of a process is stopped.
private func standsStill(_ process: pid_t) throws -> Bool {
    let tasks = "/proc/\(process)/task"
    return try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
        // The state is the first word behind the name in parentheses.
        try String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8).split(separator: ")").last?.hasPrefix(" T")
            == true
    }
}

/// Waits until a file holds a text.
private func wait(for text: String, in name: String, of folder: Scratch) {
    for _ in 0..<3000 where (try? folder.text(name).contains(text)) != true { usleep(10_000) }
}

@Test func rowsThatCannotBeWrittenAreWrittenLaterIfToldSo() throws {
    let folder = try Scratch()
    let log = "run/td3/Hopper-v2_0/progress.csv"
    let result = try RunningProgram(longRun + ["--on-save-failure", "continue"], in: folder) { process in
        wait(for: "\n200,", in: log, of: folder)
        // The next row is cut in the middle, and the ones after it are not written at all.
        var size = 0
        try limitFiles(of: process) {
            size = try folder.text(log).utf8.count
            return size + 10
        }
        for _ in 0..<3000 where try folder.text(log).utf8.count < size + 10 { usleep(10_000) }
        usleep(300_000)
        #expect(try folder.text(log).utf8.count == size + 10)
        try limitFiles(of: process) { nil }
        for _ in 0..<3000 where try folder.text(log).utf8.count < size + 1000 { usleep(10_000) }
        kill(process, SIGINT)
    }
    #expect(result.exitCode == 130, "\(result.error)")
    #expect(result.error.contains("\(log): cannot be written: write: File too large (errno 27) after "))
    #expect(result.error.contains("; training goes on, the rows are written later"))
    #expect(try RunningProgram(["verify", "run"], in: folder).exitCode == 0)
    // Every row is there, once and whole.
    let rows = try folder.text(log).split(separator: "\n").dropFirst()
        .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let steps = rows.filter { !$0[9].isEmpty || !$0[10].isEmpty }.compactMap { Int($0[0]) }
    #expect(rows.allSatisfy { $0.count == 11 } && steps == (1...steps.count).map { 50 * $0 })
}

@Test func aLogThatCannotBeWrittenEndsTheRunAndTellsHowToGoOn() throws {
    let folder = try Scratch()
    let log = "run/td3/Hopper-v2_0/progress.csv"
    let result = try RunningProgram(longRun + ["--checkpoint-every", "60"], in: folder) { process in
        wait(for: "\n200,", in: log, of: folder)
        try limitFiles(of: process) { try folder.text(log).utf8.count + 10 }
    }
    #expect(result.exitCode == 73)
    let step = try #require(result.error.firstMatch(of: /the checkpoint of step (\d+) is good/)).1
    #expect(
        result.error.contains("File too large") && result.error.contains("Go on with: hyperrl resume run --threads 1"))
    let resumed = try RunningProgram(["resume", "run", "--threads", "1", "--steps", step + "0"], in: folder)
    #expect(resumed.exitCode == 0 && resumed.error.contains("from step \(step) on "), "\(resumed.error)")
    #expect(try RunningProgram(["verify", "run"], in: folder).exitCode == 0)
}

@Test func aFinishedRunIsEvaluatedInspectedAndVerified() throws {
    let folder = try Scratch()
    #expect(
        try RunningProgram(shortRun + ["--steps", "220", "--seeds", "3,5", "--output", "run"], in: folder).exitCode == 0
    )
    let evaluated = try RunningProgram(["evaluate", "run", "--episodes", "4", "--json"], in: folder)
    #expect(evaluated.exitCode == 0 && evaluated.lines.count == 1)
    let json = try JSONValue(parsing: Array(evaluated.output.utf8))
    let seeds = try #require(json["seeds"]?.asArray)
    #expect(
        seeds.map { $0["seed"] } == [3, 5]
            && seeds.allSatisfy { $0["step"] == 220 && $0["returns"]?.asArray?.count == 4 })
    let one = try RunningProgram(
        ["evaluate", "run/td3/Hopper-v2_5", "--checkpoint", "best", "--seed", "9", "--threads", "1"], in: folder)
    #expect(one.exitCode == 0 && one.lines.count == 2 && one.lines[1].hasPrefix("5 "))
    let inspected = try RunningProgram(["inspect", "run"], in: folder)
    #expect(inspected.exitCode == 0)
    #expect(
        inspected.lines.contains { $0.hasPrefix("Computes") && $0.hasSuffix("td3 on Hopper-v2, critic mlp-standard") })
    #expect(inspected.lines.count { $0.hasSuffix("good") } == 4)
    let verified = try RunningProgram(["verify", "run"], in: folder)
    #expect(verified.exitCode == 0 && verified.error == "Everything is as it was written.\n")
    for command in ["inspect", "verify"] {
        let told = try RunningProgram([command, "run", "--json"], in: folder)
        #expect(told.exitCode == 0 && told.lines.count == 1)
        let json = try JSONValue(parsing: Array(told.output.utf8))
        #expect(json["in_use"] == false && json["problems"] == [] && json["configuration"]?["critic"] == "mlp-standard")
        let seeds = try #require(json["seeds"]?.asArray)
        #expect(seeds.map { $0["seed"] } == [3, 5])
        let checkpoints = try #require(seeds.last?["checkpoints"]?.asArray)
        #expect(checkpoints.map { $0["kind"] } == ["full", "best"] && checkpoints[0]["step"] == 220)
        #expect(checkpoints.allSatisfy { $0["problem"] == .null && ($0["bytes"]?.asInt ?? 0) > 0 })
    }
    let again = try RunningProgram(["resume", "run"], in: folder)
    #expect(again.exitCode == 0 && again.error.contains("The run is complete at 220 steps"))
}

@Test func damageIsToldWithItsStatus() throws {
    let folder = try Scratch()
    let words = shortRun + ["--steps", "220", "--checkpoint-every", "100", "--output", "run"]
    #expect(try RunningProgram(words, in: folder).exitCode == 0)
    let state = "run/td3/Hopper-v2_0/checkpoints/step-0000000220/state.safetensors"
    var data = try Data(contentsOf: URL(fileURLWithPath: folder.file(state)))
    data[data.count / 2] ^= 1
    try data.write(to: URL(fileURLWithPath: folder.file(state)))
    let verified = try RunningProgram(["verify", "run"], in: folder)
    #expect(
        try RunningProgram(["verify", "run", "--json"], in: folder).output.contains("state.safetensors: is damaged"))
    #expect(
        verified.exitCode == 65 && verified.lines.contains { $0.hasPrefix("damaged  \(state): is damaged: sha256") })
    let evaluated = try RunningProgram(["evaluate", "run"], in: folder)
    #expect(
        evaluated.exitCode == 65
            && evaluated.error.contains("the older checkpoint of step 200 is good: --checkpoint 200"))
    let resumed = try RunningProgram(["resume", "run", "--steps", "230"], in: folder)
    #expect(resumed.exitCode == 65 && resumed.error.contains("go on from it with --checkpoint 200"))
    #expect(try RunningProgram(["resume", "run", "--steps", "230", "--checkpoint", "200"], in: folder).exitCode == 0)
    #expect(try RunningProgram(["verify", "run"], in: folder).exitCode == 0)
}

@Test func aRunInUseIsRefusedWithTheProcess() throws {
    let folder = try Scratch()
    _ = try RunningProgram(longRun, in: folder) { process in
        for _ in 0..<3000 where !folder.exists("run/td3/Hopper-v2_0/progress.csv") { usleep(10_000) }
        for words in [["resume", "run"], longRun + ["--overwrite"]] {
            let second = try RunningProgram(words, in: folder)
            #expect(
                second.exitCode == 75 && second.error.contains("run: is in use by process \(process);"),
                "\(second.error)")
        }
        let inspected = try RunningProgram(["inspect", "run"], in: folder)
        #expect(inspected.output.contains("process \(process) works on it"))
        kill(process, SIGKILL)
    }
    // Killed before its first checkpoint: it begins anew.
    let resumed = try RunningProgram(["resume", "run", "--steps", "60"], in: folder)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
}

@Test(arguments: [
    (["resume", "none"], 65, "none: is no folder"), (["inspect", "."], 65, ".: holds no run.json"),
    (["evaluate", "none", "--checkpoint", "newest"], 64, "'newest' is neither 'latest' nor 'best' nor a step"),
    (
        ["train", "td3", "--checkpoint-every", "soon"], 64,
        "'--checkpoint-every': 'soon' is not a number of steps, or a time"
    ),
])
func mistakesAboutRunsAreOneLine(_ words: [String], _ exitCode: Int32, _ message: String) throws {
    let result = try RunningProgram(words, in: Scratch())
    #expect(result.exitCode == exitCode && result.error.contains(message), "\(result.error)")
    #expect(result.error.filter { $0 == "\n" }.count == 1)
}
