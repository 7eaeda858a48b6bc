import HyperExperiments
import HyperModels
import Testing

@testable import HyperReports

/// A frozen seed did not finish: no statistic knows it, and every report names it. Here seed 1 was frozen after its first
/// evaluation, in which it was far ahead.
@Suite struct FrozenSeedTests {
    private static let note = "frozen at step 15 as a number was no longer finite; 2 of 3 seeds count."

    /// Evaluations at 10, 20 and 30 steps: seed s of a run begins at `first + s` and ends at `last + s`.
    private func run(
        _ critic: CriticKind = .saHyper, _ environment: String = "Hopper-v2", seeds: [UInt32] = [0, 1, 2],
        frozen: UInt32? = 1, first: Double = 2, last: Double = 8
    ) -> RunRecord {
        let curves = seeds.map { seed in
            seed == frozen
                ? SeedCurve(seed: seed, steps: [10], returns: [1000])
                : SeedCurve(
                    seed: seed, steps: [10, 20, 30],
                    returns: [first, (first + last) / 2, last].map { $0 + Double(seed) })
        }
        return RunRecord(
            path: "\(critic.rawValue) on \(environment)",
            configuration: RunConfiguration(
                environment: environment, variants: ["critic": critic.rawValue], seeds: seeds, steps: 30),
            curves: curves, stepsDone: seeds.map { $0 == frozen ? 10 : 30 },
            frozenSteps: frozen.map { [$0: 15] } ?? [:])
    }

    private func withoutFrozen(_ critic: CriticKind = .saHyper, _ environment: String = "Hopper-v2") -> RunRecord {
        run(critic, environment, seeds: [0, 2], frozen: nil)
    }

    @Test(arguments: CurveStatistic.allCases)
    func learningCurvesAreDrawnWithoutIt(_ statistic: CurveStatistic) throws {
        var curves = LearningCurves()
        curves.statistic = statistic
        let figure = try curves.figure([run()])
        let others = try curves.figure([withoutFrozen()])
        #expect(figure.panels[0].series[0].points.map(\.x) == [10, 20, 30])
        #expect(figure.panels[0].series[0].points == others.panels[0].series[0].points)
        #expect(figure.subtitle == others.subtitle && figure.subtitle.contains("over 2 seeds"))
        #expect(figure.notes == ["seeds 0–2, 30 steps.", "Without seed 1 of sa-hyper on Hopper-v2, \(Self.note)"])
    }

    /// A seed that is only behind is another matter: the line ends where the seed does.
    @Test func aSeedThatIsBehindEndsTheLine() throws {
        let behind = RunRecord(
            path: "behind", configuration: run().configuration, curves: run().curves, stepsDone: [30, 10, 30])
        let figure = try LearningCurves().figure([behind])
        #expect(figure.panels[0].series[0].points.map(\.x) == [10] && figure.notes == ["seeds 0–2, 10–30 steps."])
        #expect(behind.unfinishedStep == 10 && run().unfinishedStep == nil)
    }

    @Test func aFrozenSeedNeedsNoEvaluation() throws {
        let early = RunRecord(
            path: "early", configuration: run().configuration,
            curves: run().curves.map { $0.seed == 1 ? SeedCurve(seed: 1, steps: [], returns: []) : $0 },
            stepsDone: [30, 0, 30], frozenSteps: [1: 5])
        #expect(try LearningCurves().figure([early]).panels[0].series[0].points.count == 3)
    }

    @Test func whereAllSeedsAreFrozenThereIsNoLine() throws {
        let figure = try LearningCurves().figure([run(seeds: [1]), withoutFrozen(.mlpStandard)])
        #expect(figure.labels == ["mlp-standard"])
        #expect(figure.notes.last?.hasSuffix("0 of 1 seeds count.") == true)
        let table = try HighestRewards([run(seeds: [1]), run(.mlpStandard, frozen: nil)], algorithm: "td3")
        #expect(try table.table(isPartial: true).rows[8][1] == .missing)
        #expect(table.shortcomings.last?.contains("sa-hyper on every task") == true)
    }

    @Test func tablesAreMadeWithoutIt() throws {
        let runs = PaperPresets.critics.flatMap { critic -> [RunRecord] in
            PaperNumbers.tasks.map { task in
                let kind = CriticKind(rawValue: critic) ?? .saHyper
                return kind == .saHyper && task.key == "Hopper" ? run() : run(kind, task.value, frozen: nil, last: 4)
            }
        }
        // The table is whole, although one seed will never be at its end.
        let table = try HighestRewards(runs, algorithm: "td3").table(isPartial: false)
        #expect(table.rows[8][1] == .measured(mean: 9, deviation: 1, seeds: 2))
        #expect(table.rows[8][3] == .measured(mean: 5, deviation: (2.0 / 3).squareRoot(), seeds: 3))
        // The final return 9 beside 5 on Hopper, 5 beside 5 on the other tasks.
        #expect(table.rows[8][9] == .number([9.0 / 5, 1, 1, 1].reduce(0, +) / 4, decimals: 2))
        #expect(table.notes.last == "Without seed 1 of sa-hyper on Hopper-v2, \(Self.note)")
    }

    @Test func aSeedThatIsFrozenOnOneTaskIsInNoScore() throws {
        let runs = [
            run(.mlpStandard, frozen: nil, last: 9), run(.mlpStandard, "Walker2d-v2", frozen: nil, last: 19),
            run(), run(.saHyper, "Walker2d-v2", frozen: nil),
        ]
        let figure = try NormalisedScores(runs).figure(title: "", notes: [])
        let points = figure.panels[0].series[1].points
        #expect(points.map(\.x) == [10, 20, 30])
        // Seeds 0 and 2: returns 2, 5, 8 and 4, 7, 10 on both tasks, beside 10 and 20.
        for (point, returns) in zip(points, [3.0, 6, 9]) {
            #expect(abs(point.y - (returns / 10 + returns / 20) / 2) < 1e-12)
        }
        #expect(points.allSatisfy { abs(($0.band?.upperBound ?? 0) - $0.y - 1.5 / 20) < 1e-12 })
        #expect(
            figure.notes.contains("Without seed 1 of sa-hyper on Hopper-v2, \(Self.note)")
                && figure.notes.contains("sa-hyper: without seeds that are not on every task: 1."))
    }

    @Test func theBaselineIsThatOfItsFinishedSeeds() throws {
        let runs = [run(.mlpStandard), run(frozen: nil)]
        let series = try NormalisedScores(runs).figure(title: "", notes: []).panels[0].series
        // Seeds 0 and 2 of mlp-standard end at 8 and 10; all three seeds of sa-hyper count.
        #expect(series[0].points.last?.y == 1 && series[1].points.last?.y == 1)
        #expect(abs((series[0].points.first?.y ?? 0) - 3.0 / 9) < 1e-12)
    }
}
