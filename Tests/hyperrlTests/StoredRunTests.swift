import Foundation
import HyperFormats
import Testing

/// A run folder that an earlier commit wrote, and what that commit found in it (`tools/make-run-fixtures`).
struct StoredRun: CustomTestStringConvertible, Sendable {
    /// The commit's folder.
    let folder: String
    /// The run's folder inside it.
    let name: String
    let expected: JSONValue
    /// With these, all CPUs that have AVX2 and FMA give the same bits.
    let environment: [String: String]

    var testDescription: String { "\((folder as NSString).lastPathComponent)/\(name)" }

    static let all: [StoredRun] = {
        let path = Bundle.module.resourcePath.map { "\($0)/Fixtures/stored-runs" } ?? ""
        let commits = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        return commits.flatMap { commit -> [StoredRun] in
            guard let json = try? JSONValue(contentsOf: "\(path)/\(commit)/expected.json") else { return [] }
            let environment = (json["environment"]?.asObject?.members ?? []).map { ($0.key, $0.value.asString ?? "") }
            return (json["runs"]?.asObject?.members ?? []).map {
                StoredRun(
                    folder: "\(path)/\(commit)", name: $0.key, expected: $0.value,
                    environment: Dictionary(uniqueKeysWithValues: environment))
            }
        }
    }()

    /// A folder with a copy of the run in it, named `run`.
    func copied() throws -> Scratch {
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: scratch.file("run"))
        return scratch
    }

    func program(_ words: [String], in scratch: Scratch) throws -> RunningProgram {
        try RunningProgram(words, in: scratch, environment: environment)
    }
}

private let onTheCPU = ["--backend", "cpu", "--threads", "1"]

/// Other CPUs round some of the C library's functions differently; `docs/runs.md` promises bits on one device only.
private let hasTheSameBits: Bool = {
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return flags.contains(" avx2 ") && flags.contains(" fma ")
}()

/// Columns whose numbers a mended fault changes, by algorithm and file. c1898bf compared the weights of SAC's critics with those of a
/// reference that began as in PyTorch, not as SAC's own networks do.
private let mendedColumns: [String: Set<String>] = [
    "sac/dynamic_weights.csv": [
        "total_variation", "reference_count", "reference_mean", "reference_std", "reference_min", "reference_max",
    ],
    "sac/dynamic_weights_histogram.csv": ["lower", "upper", "share", "reference_share"],
]

/// A log without its wall-clock columns, as `tools/lib/training_runs.py` leaves them out, and without others.
private func stable(_ text: String, without others: Set<String>) -> String {
    let rows = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let left: Set<String> = others.union(["seconds", "steps_per_second"])
    let kept = rows[0].indices.filter { !left.contains(String(rows[0][$0])) }
    return rows.map { row in kept.map { row[$0] }.joined(separator: ",") + "\n" }.joined()
}

@Test func runsOfEarlierCommitsAreStored() {
    #expect(Set(StoredRun.all.map(\.name)) == ["td3", "sac"])
}

@Test(.enabled(if: hasTheSameBits), arguments: StoredRun.all)
func aStoredRunGoesOnToTheNumbersOfItsCommit(_ run: StoredRun) throws {
    let scratch = try run.copied()
    let checkpoint = try #require(run.expected["checkpoint"]?.asInt)
    let resumed = try run.program(["resume", "run"] + onTheCPU, in: scratch)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
    #expect(resumed.error.contains("Going on with run from step \(checkpoint) on "))
    // From here on the folder is one of this program's.
    let description = try JSONValue(contentsOf: scratch.file("run/run.json"))
    #expect(description["format"] == 2 && description["settings"]?["batch-size"] == 6)
    let seeds = try #require(run.expected["resumed"]?.asObject)
    #expect(seeds.count > 0)
    for (seed, files) in seeds.members {
        for (file, content) in try #require(files.asObject).members {
            let path = "run/\(run.name)/\(seed)/\(file)"
            if file.hasSuffix(".csv") {
                let mended = mendedColumns["\(run.name)/\(file)"] ?? []
                let expected = try stable(#require(content.asString), without: mended)
                #expect(try stable(scratch.text(path), without: mended) == expected, "\(path)")
            } else {
                #expect(try SHA256.receipt(ofFile: scratch.file(path)).sha256 == content.asString, "\(path)")
            }
        }
        let events = try FileManager.default.contentsOfDirectory(atPath: scratch.file("run/\(run.name)/\(seed)"))
            .filter { $0.hasPrefix("events.out.tfevents.") }
        #expect(events.count == 2, "\(seed): events of both processes")
    }
    let verified = try run.program(["verify", "run"], in: scratch)
    #expect(verified.exitCode == 0 && verified.error == "Everything is as it was written.\n", "\(verified.output)")
    // Drawn is what was evaluated, before the interruption and after it.
    let drawn = try run.program(["plot", "run", "-o", "curves.svg", "--data", "curves.csv"], in: scratch)
    #expect(drawn.exitCode == 0, "\(drawn.error)")
    #expect(try scratch.text("curves.svg").contains("<svg "))
    let evaluations = try scratch.text("run/\(run.name)/\(seeds.keys[0])/evaluations.csv")
    let steps = Set(evaluations.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "," } })
    #expect(try scratch.text("curves.csv").split(separator: "\n").count == 1 + steps.count)
}

@Test(.enabled(if: hasTheSameBits), arguments: StoredRun.all)
func aStoredRunIsEvaluatedAsByItsCommit(_ run: StoredRun) throws {
    let scratch = try run.copied()
    let checkpoints = ["latest", "best"].filter { run.expected[$0] != nil }
    #expect(checkpoints.contains("latest"))
    for checkpoint in checkpoints {
        let words = ["evaluate", "run", "--episodes", "2", "--checkpoint", checkpoint, "--json"] + onTheCPU
        let result = try run.program(words, in: scratch)
        #expect(result.exitCode == 0, "\(result.error)")
        let seeds = try #require(try JSONValue(parsing: Array(result.output.utf8))["seeds"]?.asArray)
        let expected = try #require(run.expected[checkpoint]?.asArray)
        #expect(seeds.count == expected.count)
        for (found, wanted) in zip(seeds, expected) {
            for (key, value) in try #require(wanted.asObject).members {
                #expect(found[key] == value, "\(checkpoint): \(key)")
            }
        }
    }
}

@Test(arguments: StoredRun.all)
func aStoredRunIsAConfiguration(_ run: StoredRun) throws {
    let scratch = try run.copied()
    let shown = try run.program(["config", "show", "--config", "run/run.json", "--json"], in: scratch)
    #expect(shown.exitCode == 0, "\(shown.error)")
    try scratch.write(shown.output, to: "shown.json")
    let (old, new) = (
        try JSONValue(contentsOf: scratch.file("run/run.json")), try JSONValue(parsing: Array(shown.output.utf8))
    )
    for (name, value) in try #require(old["settings"]?.asObject).members where name != "primary.head-size" {
        let text = try #require(new["settings"]?[name])
        #expect(
            text.asString ?? text.asArray?.map(\.jsonText).joined(separator: ",") ?? text.jsonText == value.asString)
    }
    #expect(new["eval-every"] == old["eval_every"] && new["critic"] == old["critic"] && new["seeds"] == old["seeds"])
    let again = try run.program(["config", "show", "--config", "shown.json", "--json"], in: scratch)
    #expect(again.output == shown.output)
}

@Test(arguments: StoredRun.all)
func aStoredRunIsInspectedAndVerified(_ run: StoredRun) throws {
    let scratch = try run.copied()
    let checkpoint = try #require(run.expected["checkpoint"]?.asInt)
    let verified = try run.program(["verify", "run"], in: scratch)
    #expect(verified.exitCode == 0 && verified.error == "Everything is as it was written.\n", "\(verified.output)")
    let inspected = try run.program(["inspect", "run", "--json"], in: scratch)
    #expect(inspected.exitCode == 0, "\(inspected.error)")
    let json = try JSONValue(parsing: Array(inspected.output.utf8))
    #expect(json["in_use"] == false && json["problems"] == [])
    #expect(json["configuration"]?["algorithm"]?.asString == run.name)
    let seeds = try #require(json["seeds"]?.asArray)
    #expect(seeds.count == run.expected["latest"]?.asArray?.count)
    for seed in seeds {
        let checkpoints = try #require(seed["checkpoints"]?.asArray)
        #expect(checkpoints[0]["kind"] == "full" && checkpoints[0]["step"]?.asInt == checkpoint)
        #expect(checkpoints.allSatisfy { $0["problem"] == .null })
        #expect(checkpoints.count == (run.expected["best"] == nil ? 1 : 2))
    }
}
