import Foundation
import HyperCPU
import HyperFormats
import HyperTensor
import Testing

@testable import HyperAgents
@testable import HyperExperiments

/// Evaluation episodes that the simulation could not finish, in logs, in the choice of the best weights and in results.
@Suite struct DivergedEvaluationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aLogLeavesEmptyWhatIsNotThere() throws {
        let files = SeedFolder(path: folder.path)
        let columns = LogColumns(metrics: ["loss"], series: ["return"], countsIterations: false)
        let log = try SeedLog(files, columns, events: EventLog(files, step: 0) { Issue.record("\($0)") })
        func add(_ step: Int, _ returns: [Double?], _ lengths: [Int]) -> Double? {
            log.log(LogMoment(step: step, completed: step, seconds: 1), evaluation(returns, lengths))
        }
        #expect(add(10, [-8, -4], [5, 7]) == -6 && log.latestEvaluation?.mean == -6)
        // Cut short, both would have been "better" than any episode that was played to its end.
        #expect(add(20, [nil, nil], [1, 2]) == nil)
        #expect(log.latestEvaluation == nil && log.latestReturn == -6 && log.bestEvaluation == -6)
        #expect(add(30, [-7, nil], [6, 2]) == nil && log.latestEvaluation?.mean == -7)
        #expect(add(40, [nil, -5], [6, 9]) == -5 && log.bestEvaluation == -5)
        try log.flush()
        let progress = try text(files.progress)
        #expect(
            progress.dropFirst() == [
                "10,1.0,0,,,-6.0,2.0,,", "20,1.0,0,,,,,,", "30,1.0,0,,,-7.0,0.0,,", "40,1.0,0,,,-5.0,0.0,,",
            ])
        let episodes = try text(files.evaluations)
        #expect(
            episodes.dropFirst() == [
                "10,0,-8.0,5", "10,1,-4.0,7", "20,0,,1", "20,1,,2", "30,0,-7.0,6", "30,1,,2", "40,0,,6", "40,1,-5.0,9",
            ])
        // A checkpoint of such a moment reads back.
        _ = add(50, [nil], [1])
        var values = SavedValues()
        log.save(into: &values)
        let other = try SeedLog(SeedFolder(path: folder.path), columns)
        try other.restore(from: values)
        #expect(other.latestEvaluation == nil && other.latestReturn == -5 && other.bestEvaluation == -5)
    }

    /// While actions are random, the policy of one seed is NaN during one evaluation, of which nothing is a result.
    @Test func aRunChoosesTheBestWeightsAmongEvaluationsWithReturns() throws {
        func train(_ name: String, poisoned: Bool) throws -> (outcome: TrainingRun.Outcome, warnings: [String]) {
            var configuration = try TestRuns.configuration(seeds: [0, 1])
            configuration.environment = "HalfCheetah-v2"
            try configuration.agent.set("random-steps", to: "1000")
            try configuration.agent.beginUpdates(afterRandomSteps: 1000)
            configuration.logInterval = 1000
            let monitor = TestMonitor()
            let backend = try CPUBackend(threads: 1)
            let run = try TrainingRun(
                configuration, folder: RunFolder(creating: folder.file(name), overwrites: false), backend: backend,
                pool: backend.pool, build: TestRuns.build, monitor: monitor)
            let learner = run.trainer.learner
            let bias = try #require(
                learner.weightArenas.flatMap(\.variables).first { $0.name.hasPrefix("actor.") })
            let good = try learner.state.floats(bias)
            monitor.atStep = { step in
                guard poisoned, step == 79 || step == 80 else { return }
                var values = good
                if step == 79 { values[0] = .nan }
                do { try learner.state.write(values, to: bias) } catch { Issue.record("\(error)") }
            }
            return (try run.run(), monitor.warnings)
        }
        let (whole, broken) = (try train("whole", poisoned: false), try train("broken", poisoned: true))
        #expect(whole.warnings.isEmpty)
        #expect(
            broken.warnings == [
                "seed 0, step 80: the simulation diverged in 2 of 2 evaluation episodes, which have no return"
            ])
        #expect(broken.outcome.finalReturns == whole.outcome.finalReturns && whole.outcome.stoppedSeeds.isEmpty)
        for seed in 0...1 {
            let files = ["whole", "broken"].map { SeedFolder(path: folder.file("\($0)/td3/HalfCheetah-v2_\(seed)")) }
            let means = try files.map(evaluations)
            try #require(means.allSatisfy { $0.map(\.step) == [40, 80, 120] })
            // All means are negative, so that the 0 of an evaluation that broke down at once would be the best.
            #expect(means[0].allSatisfy { $0.mean ?? 0 < 0 })
            let expected = seed == 0 ? [means[0][0].mean, nil, means[0][2].mean] : means[0].map(\.mean)
            #expect(means[1].map(\.mean) == expected)
            let best = means[1].filter { $0.mean != nil }.max { $0.mean ?? 0 < $1.mean ?? 0 }
            #expect(files[1].steps(.best) == [best?.step])
        }
    }

    @Test func resultsOfAnEvaluationWithoutReturnsAreNull() {
        func result(_ seed: UInt32, _ returns: [Double?]) -> RunEvaluation.Result {
            .init(
                seed: seed, step: 5,
                measured: evaluation(returns, returns.map { $0 == nil ? 1 : 9 }))
        }
        let some = RunEvaluation(results: [result(0, [1, nil, 5]), result(1, [nil, nil, nil]), result(2, [7, 7, 7])])
        #expect(some.mean == 5 && some.standardDeviation == 2)
        #expect(
            some.json.jsonText
                == #"{"seeds":[{"seed":0,"step":5,"mean":3.0,"std":2.0,"returns":[1.0,null,5.0],"lengths":[9,1,9]},"#
                + #"{"seed":1,"step":5,"mean":null,"std":null,"returns":[null,null,null],"lengths":[1,1,1]},"#
                + #"{"seed":2,"step":5,"mean":7.0,"std":0.0,"returns":[7.0,7.0,7.0],"lengths":[9,9,9]}],"#
                + #""mean":5.0,"std":2.0}"#)
        let none = RunEvaluation(results: [result(1, [nil])])
        #expect(none.mean == nil && none.standardDeviation == nil)
    }

    /// One seed's evaluation of one task.
    private func evaluation(_ returns: [Double?], _ lengths: [Int]) -> SeedEvaluation {
        SeedEvaluation(position: 0, series: [.init("return", tasks: [Evaluation(returns: returns, lengths: lengths)])])
    }

    private func text(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// The evaluation rows of progress.csv.
    private func evaluations(_ files: SeedFolder) throws -> [(step: Int, mean: Double?)] {
        let table = try CSVTable(contentsOf: files.progress)
        let (step, mean) = (try table.column("step"), try table.column("eval_return_mean"))
        return try table.rows.indices.map {
            (try #require(Int(table.rows[$0][step])), try table.number(row: $0, column: mean))
        }
    }
}
