import HyperExperiments
import HyperFormats
import Testing

@testable import HyperReports

@Suite struct TableTests {
    private let runs = [
        record(seeds: [0, 1], path: "a"), record(.saHyper, seeds: [2], done: 12, path: "b"),
        record(.saHyper, environment: "AntNoControlCost-v2", path: "c"),
    ]

    @Test func highestRewardsStandBesideThePapers() throws {
        let table = try HighestRewards(runs, algorithm: "td3").table(isPartial: true)
        #expect(table.rows.count == 9 && table.header.count == 10)
        // Seed 0 reaches 4 and seed 1 reaches 6; the other tasks have no runs.
        #expect(
            table.rows[0][0...2] == [
                .text("mlp-standard"), .measured(mean: 5, deviation: 1, seeds: 2),
                .measured(mean: 3256, deviation: 211, seeds: 0),
            ])
        #expect(table.rows[8][1] == .measured(mean: 8, deviation: 0, seeds: 1, mark: "*"))
        // Final returns 8 and 5 on Hopper; on the ant there is nothing to compare with.
        #expect(table.rows[8][9] == .number(1.6, decimals: 2) && table.rows[0][9] == .number(1, decimals: 2))
        #expect(table.rows[1][1] == .missing && table.rows[8][5] == .measured(mean: 4, deviation: 0, seeds: 1))
        let text = table.text(.markdown)
        #expect(text.contains("| sa-hyper | 8 ± 0 (1)* | 3418 ± 318 |"))
        #expect(text.contains("| mlp-large | – | 3156 ± 368 |"))
    }

    @Test func everyFormatSaysTheSame() throws {
        let table = try HighestRewards(runs, algorithm: "td3").table(isPartial: true)
        let csv = table.text(.csv).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(csv.allSatisfy { $0.count == csv[0].count } && csv.count == 10)
        #expect(csv[1].prefix(5) == ["mlp-standard", "5.0", "1.0", "2", "3256.0"])
        let json = try JSONValue(parsing: Array(table.text(.json).utf8))
        let first = try #require(json["rows"]?.asArray?.first)
        #expect(first["Hopper"]?["mean"] == .double(5) && first["Hopper"]?["seeds"] == 2)
        #expect(first["Walker2d"] == .null && first["Walker2d (paper)"]?["mean"] == .double(3449))
    }

    @Test func whatIsMissingIsNamed() throws {
        let error = #expect(throws: ReportError.self) {
            try HighestRewards(runs, algorithm: "td3").table(isPartial: false)
        }
        #expect(error?.kind == .incompleteRuns)
        let text = error?.description ?? ""
        #expect(text.hasPrefix("unfinished: b (at step 12 of 20); missing: mlp-standard on Walker2d-v2 and "))
        #expect(text.contains("q-d2rl on every task") && !text.contains("sa-hyper on Hopper-v2"))
    }

    @Test func runsOfAnotherKindAreRefused() {
        #expect(throws: ReportError.self) { try HighestRewards(runs, algorithm: "sac") }
        let unknown = #expect(throws: ReportError.self) { try HighestRewards([], algorithm: "goal-search") }
        #expect(unknown?.description.contains("goal-search, only of sac and td3") ?? false)
        #expect(throws: ReportError.self) { try HighestRewards([record(environment: "Ant-v2")], algorithm: "td3") }
        #expect(throws: ReportError.self) {
            try HighestRewards([record(), record { try $0.agent.set("batch-size", to: "7") }], algorithm: "td3")
        }
    }
}
