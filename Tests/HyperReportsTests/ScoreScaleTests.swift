import Foundation
import HyperExperiments
import HyperModels
import Testing

@testable import HyperReports

/// What a return is worth beside mlp-standard's.
@Suite struct ScoreScaleTests {
    /// A run of two seeds with the same curve.
    private func run(
        _ critic: CriticKind = .mlpStandard, _ environment: String = "HalfCheetah-v2", returns: [Double],
        random: Double? = nil
    ) -> RunRecord {
        RunRecord(
            path: critic.rawValue,
            configuration: RunConfiguration(
                environment: environment, variants: ["critic": critic.rawValue], seeds: [0, 1], steps: 20),
            curves: [0, 1].map { SeedCurve(seed: $0, steps: [10, 20], returns: returns, randomReturn: random) },
            stepsDone: [20, 20])
    }

    private func scale(_ run: RunRecord) throws -> ScoreScale {
        try ScoreScale(CurveGroup.groups([run]), task: run.configuration.environment)
    }

    /// HalfCheetah in the paper: a cheetah of random actions has about −280, mlp-standard ends at 10,384.
    @Test func thePapersScoreIsThePlainRatio() throws {
        let paper = try scale(run(returns: [-250, 10_384], random: -280))
        #expect(paper.remark == nil && paper.score(11_423) == 11_423 / 10_384 && paper.score(0) == 0)
        // Hopper, where nothing is ever negative.
        #expect(try scale(run(returns: [90, 400], random: 18)).score(200) == 0.5)
        // Just far enough above zero.
        #expect(try scale(run(returns: [0, 281], random: -280)).remark == nil)
    }

    @Test(
        arguments: [(-150, [-600, -280, -150, 300]), (200, [-600, -280, 200, 680]), (0, [-600, -280, 0, 300])]
            as [(Double, [Double])])
    func whereTheRatioMeansNothingScoresCountFromTheBeginning(_ end: Double, _ returns: [Double]) throws {
        let scale = try scale(run(returns: [-250, end], random: -280))
        let scores = returns.map(scale.score)
        // What is worse than the untrained is below 0, the untrained 0, mlp-standard 1, what is better above 1.
        #expect(scores[0] < 0 && scores[1] == 0 && scores[2] == 1 && scores[3] > 1)
        #expect(abs(scores[3] - (returns[3] + 280) / (end + 280)) < 1e-12)
        let remark = try #require(scale.remark)
        #expect(
            remark.contains("R0 = −280.0 (the episodes of random actions)")
                && remark.contains("(R − R0) / (R of mlp-standard − R0)"))
    }

    @Test func withoutRandomEpisodesTheFirstEvaluationIsTheBeginning() throws {
        let scale = try scale(run(returns: [-250, -150]))
        #expect(scale.score(-250) == 0 && scale.score(-50) == 2)
        #expect(scale.remark?.contains("R0 = −250.0 (the first evaluation)") == true)
    }

    @Test func aBaselineThatDidNotLearnIsNoScale() {
        for (returns, random) in [([-250.0, -300], -280.0), ([0, 0], 0), ([-250, -280], -280)] {
            let error = #expect(throws: ReportError.self) { try scale(run(returns: returns, random: random)) }
            #expect(error?.kind == .incompleteRuns && error?.description.contains("no scale for scores") == true)
        }
    }

    @Test func figuresSayWhichScaleTheyHave() throws {
        let plain = [run(returns: [0, 8000], random: -280), run(.saHyper, returns: [0, 9000], random: -280)]
        var figure = try NormalisedScores(plain).figure(title: "", notes: [])
        #expect(figure.panels[0].yLabel == "return / final return of mlp-standard")
        #expect(figure.notes == ["seeds 0, 1, 20 steps."])
        // Hopper's scores are 1 and 0.5; the cheetah's are 1 and 2: −150 and −20 beside −280.
        let short = [
            run(returns: [-250, -150], random: -280), run(.saHyper, returns: [-250, -20], random: -280),
            run(.mlpStandard, "Hopper-v2", returns: [90, 400], random: 18),
            run(.saHyper, "Hopper-v2", returns: [90, 200], random: 18),
        ]
        figure = try NormalisedScores(short).figure(title: "", notes: [])
        #expect(figure.panels[0].yLabel == "score relative to mlp-standard")
        try #require(figure.notes.count == 2)
        #expect(figure.notes[1].hasPrefix("mlp-standard ends on HalfCheetah-v2 at −150.0"))
        #expect(figure.panels[0].series.map { $0.points.last?.y } == [1, 1.25])
        let table = try HighestRewards(short, algorithm: "td3").table(isPartial: true)
        #expect(table.rows[8][9] == .number(1.25, decimals: 2) && table.rows[0][9] == .number(1, decimals: 2))
        #expect(table.notes.contains(figure.notes[1]))
    }

    @Test func aTaskWithoutAScaleIsLeftOut() throws {
        let runs = [
            run(returns: [-250, -300], random: -280), run(.saHyper, returns: [-250, -20], random: -280),
            run(.mlpStandard, "Hopper-v2", returns: [90, 400]), run(.saHyper, "Hopper-v2", returns: [90, 200]),
        ]
        let figure = try NormalisedScores(runs).figure(title: "", notes: [])
        #expect(
            figure.panels[0].series.map { $0.points.last?.y } == [1, 0.5] && figure.subtitle.contains("over 1 task"))
        #expect(figure.notes.last?.hasSuffix("that is no scale for scores. HalfCheetah-v2 is left out.") == true)
        #expect(throws: ReportError.self) { try NormalisedScores(Array(runs[..<2])) }
        let table = try HighestRewards(runs, algorithm: "td3").table(isPartial: true)
        #expect(table.rows[8][9] == .number(0.5, decimals: 2))
        #expect(table.notes.contains { $0.hasSuffix("that is no scale for scores.") })
    }

    /// Rows of the log, each with the episodes that ended since the one before; random steps end at 30.
    @Test func theRandomEpisodesAreThoseOfTheLogUpToTheRandomSteps() throws {
        let path = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let rows = [
            "step,episodes,episode_return,eval_return_mean", "10,2,-100.0,", "15,3,,-90.0", "20,3,-400.0,", "30,3,,",
            "30,3,,-80.0", "40,5,50.0,",
        ]
        try (rows.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
        let curve = try RunRecord.curve(path, seed: 0, randomSteps: 30)
        #expect(curve.randomReturn == -200 && curve.steps == [15, 30] && curve.returns == [-90, -80])
        #expect(try RunRecord.curve(path, seed: 0, randomSteps: 9).randomReturn == nil)
    }
}
