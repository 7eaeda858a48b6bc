import Foundation
import HyperCPU
import HyperExperiments
import HyperFormats
import Testing

@testable import HyperReports

/// What reports read from a run's folder.
@Suite struct RunRecordTests {
    /// An evaluation in which the simulation finished no episode has an empty field: no point, and no highest reward.
    @Test func anEvaluationWithoutAMeanIsPassedOver() throws {
        let path = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = RunConfiguration(
            environment: "HalfCheetah-v2", variants: ["critic": "mlp-small"], seeds: [0], steps: 40,
            evaluationInterval: 10,
            evaluationEpisodes: 1, logInterval: 20)
        try configuration.agent.set("random-steps", to: "100")
        let backend = try CPUBackend(threads: 1)
        let run = try TrainingRun(
            configuration, folder: RunFolder(creating: path, overwrites: false), backend: backend, pool: backend.pool,
            build: BuildIdentity(version: "test", commit: "none"), monitor: nil)
        _ = try run.run()
        let whole = try RunRecord(path).curves[0]
        #expect(whole.steps == [10, 20, 30, 40])

        let file = "\(path)/td3/HalfCheetah-v2_0/progress.csv"
        let best = try #require(whole.returns.max())
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let edited = lines.map { line -> String in
            guard line.contains(",\(best),") else { return String(line) }
            var fields = line.split(separator: ",", omittingEmptySubsequences: false)
            // Mean and standard deviation of the evaluation.
            (fields[5], fields[6]) = ("", "")
            return fields.joined(separator: ",")
        }
        try (edited.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let part = try RunRecord(path).curves[0]
        let others = zip(whole.steps, whole.returns).filter { $0.1 != best }
        #expect(part.steps == others.map(\.0) && part.returns == others.map(\.1) && part.steps.count == 3)
        // Nothing counts in its place, though 0 would be higher than what a policy of no experience earns.
        #expect(part.highest == others.map(\.1).max())
    }
}
