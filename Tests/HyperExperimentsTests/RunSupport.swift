import Foundation
import HyperAgents
import HyperCPU
import HyperFormats
import HyperModels
import Testing

@testable import HyperExperiments

/// A folder for one test; removed with the object.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hyperexperiments-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Ends a run after a number of steps, and does what a test wants at a step.
final class TestMonitor: RunMonitor {
    let lastStep: Int
    var atStep: (Int) -> Void = { _ in }
    /// Also asked during evaluations.
    var stopsNow: () -> Bool = { false }
    var warnings: [String] = []
    private var step = 0

    init(lastStep: Int = .max) { self.lastStep = lastStep }

    func runDidStep(_ step: Int, fraction: Double, latestReturn: Double?) {
        self.step = step
        atStep(step)
    }

    func runShouldStop() -> Bool { step >= lastStep || stopsNow() }

    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) {}

    func runDidProbe(step: Int, summary: String) {}

    func runDidWarn(_ message: String) { warnings.append(message) }
}

extension AgentConfiguration {
    /// Lets updates begin when so many random steps from the start are over.
    mutating func beginUpdates(afterRandomSteps count: Int) throws {
        try set("random-steps", to: "\(count)")
        if self["steps-before-updates"] != nil { try set("steps-before-updates", to: "\(count)") }
    }
}

extension JSONValue {
    /// run.json as programs of format 1 wrote it: keys with underscores, settings as texts, its digest in order.
    ///
    /// - Parameter change: Changes the settings.
    func inFormatOne(changing change: (inout JSONObject) -> Void = { _ in }) throws -> JSONValue {
        let underscored: Set = ["eval-every", "eval-episodes", "log-every", "checkpoint-every", "on-save-failure"]
        func text(_ value: JSONValue) -> JSONValue { .string(SettingValue(value)?.text ?? value.jsonText) }
        var old = JSONObject()
        for (key, value) in try #require(asObject).members {
            old[underscored.contains(key) ? key.replacingOccurrences(of: "-", with: "_") : key] = value
        }
        var settings = JSONObject()
        for (name, value) in try #require(old["settings"]?.asObject).members { settings[name] = text(value) }
        change(&settings)
        old["format"] = 1
        old["settings"] = .object(settings)
        if let goal = old["goal"] { old["goal"] = text(goal) }
        if let interval = old["checkpoint_every"] { old["checkpoint_every"] = text(interval) }
        return SealedJSON.sealed(old)
    }
}

/// Small runs on the CPU backend.
enum TestRuns {
    static let build = BuildIdentity(version: "test", commit: "none")

    /// Settings that make a critic's networks small.
    private static func smallSizes(_ critic: CriticKind) -> [(key: String, value: String)] {
        let primary = critic.hasPrimaryNetwork ? [(key: "primary.widths", value: "16,24,40")] : []
        guard !critic.isHyperNetwork else { return primary + [(key: "dynamic.hidden-size", value: "24")] }
        return primary + [(key: "critic.hidden-size", value: critic == .mlpLarge ? "40" : "24")]
            + (critic == .resNet35 ? [(key: "critic.residual-blocks", value: "3")] : [])
    }

    /// Hopper with a ring that wraps, segments of 30 rows, and evaluations between checkpoints.
    static func configuration(
        _ critic: CriticKind = .mlpStandard, algorithm: Algorithm = AlgorithmCatalogue.standard.algorithms[0],
        seeds: [UInt32] = [0], steps: Int = 120
    ) throws -> RunConfiguration {
        var configuration = RunConfiguration(
            algorithm: algorithm, environment: "Hopper-v2", variants: ["critic": critic.rawValue], seeds: seeds,
            steps: steps,
            evaluationInterval: 40,
            evaluationEpisodes: 2, logInterval: 10)
        try configuration.agent.beginUpdates(afterRandomSteps: 12)
        try configuration.agent.set("batch-size", to: "8")
        try configuration.agent.set("replay-capacity", to: "30")
        try configuration.agent.set(smallSizes(critic))
        return configuration
    }

    @discardableResult
    static func train(
        _ configuration: RunConfiguration, into path: String, checkpoints: CheckpointPolicy = .init(),
        writesEvents: Bool = false, probes: ProbePlan? = nil, monitor: TestMonitor = TestMonitor()
    ) throws -> TrainingRun.Outcome {
        let backend = try CPUBackend(threads: 1)
        let run = try TrainingRun(
            configuration, folder: RunFolder(creating: path, overwrites: false), checkpoints: checkpoints,
            writesEvents: writesEvents, probes: probes, backend: backend, pool: backend.pool, build: build,
            monitor: monitor)
        return try run.run()
    }

    @discardableResult
    static func resume(
        _ path: String, steps: Int? = nil, checkpoint: Int? = nil, monitor: TestMonitor = TestMonitor()
    ) throws -> TrainingRun.Outcome {
        let plan = try ResumePlan(StoredRun(path), steps: steps, checkpoint: checkpoint)
        let backend = try CPUBackend(threads: 1)
        let run = try TrainingRun(
            resuming: plan, backend: backend, pool: backend.pool, build: build, monitor: monitor)
        return try run.run()
    }

    /// SHA-256 of everything computed, by name: weights, the newest checkpoint's state, the replay it needs, the best
    /// weights, and the logs without wall-clock columns.
    static func digests(_ path: String) throws -> [String: String] {
        var digests: [String: String] = [:]
        let run = try StoredRun(path)
        for seed in run.seeds {
            let files = run.files(seed)
            func add(_ name: String, _ file: String) throws {
                digests["\(seed)/\(name)"] = try SHA256.receipt(ofFile: file).sha256
            }
            try add("weights", files.weights)
            try add("evaluations", files.evaluations)
            digests["\(seed)/progress"] = SHA256.hexadecimalDigest(of: Array(try progress(files.progress).utf8))
            let step = try #require(files.steps().last)
            let checkpoint = try StoredCheckpoint(files, step: step, run: run.description, seed: seed)
            try add("state of \(step)", checkpoint.statePath)
            let replay = try #require(checkpoint.manifest.pools["replay"])
            for index in replay.firstSegment..<replay.firstSegment + replay.segments.count {
                try add("rows \(index)", files.segment(index, of: "replay"))
            }
            for best in files.steps(.best) {
                try add("best \(best)", "\(files.checkpoint(best, .best))/\(Manifest.weightsName)")
            }
        }
        return digests
    }

    /// progress.csv without wall-clock columns.
    private static func progress(_ path: String) throws -> String {
        let clock: Set = ["seconds", "steps_per_second"]
        let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let kept = rows[0].indices.filter { !clock.contains(String(rows[0][$0])) }
        return rows.map { row in kept.map { String(row[$0]) }.joined(separator: ",") }.joined(separator: "\n")
    }
}
