import Foundation
import HyperExperiments
import HyperFormats
import Testing

@testable import HyperReports

/// What tools/make-report-fixture stored: run folders, and what numpy says of them.
enum StoredReports {
    static func path(_ name: String) throws -> String {
        try #require(Bundle.module.resourcePath) + "/Fixtures/reports/\(name)"
    }

    static func json(_ name: String) throws -> JSONValue { try JSONValue(contentsOf: path(name)) }

    /// The folders of runs, mlp-standard's before sa-hyper's.
    static func runs() throws -> [StoredRun] {
        let folder = try path("stored-runs")
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().reversed()
            .sorted { $0.hasPrefix("mlp") && !$1.hasPrefix("mlp") }.map { try StoredRun("\(folder)/\($0)") }
    }
}

@Suite struct GradientFigureTests {
    private let figures: GradientFigures
    private let expected: JSONValue

    init() throws {
        figures = try GradientFigures(StoredReports.runs())
        expected = try StoredReports.json("gradients.json")
    }

    /// Compares a panel's lines with those stored, each a list of `[x, mean, lower quartile, upper quartile]`.
    private func expect(_ panel: Figure.Panel, equals stored: JSONValue?) throws {
        let lines = try #require(stored?.asObject)
        #expect(panel.series.map(\.label) == ["mlp-standard", "sa-hyper"] && lines.count == 2)
        for series in panel.series {
            let points = try #require(lines[series.label]?.asArray).map { ($0.asArray ?? []).compactMap(\.asDouble) }
            try #require(points.count > 20 && series.points.count == points.count, "\(panel.title), \(series.label)")
            for (found, wanted) in zip(series.points, points) {
                let numbers = [found.x, found.y] + (found.band.map { [$0.lowerBound, $0.upperBound] } ?? [])
                #expect(numbers.count == wanted.count)
                #expect(
                    zip(numbers, wanted).allSatisfy { abs($0 - $1) < 1e-12 * max(1, abs($1)) },
                    "\(panel.title), \(series.label): \(numbers), \(wanted)")
            }
        }
    }

    @Test(arguments: [false, true])
    func cosinesByTaskAreNumpys(isSelfTest: Bool) throws {
        let figure = figures.cosines(isSelfTest: isSelfTest, title: "", notes: [])
        #expect(figure.panels.map(\.title) == ["Hopper-v2", "HalfCheetah-v2"])
        for panel in figure.panels {
            try expect(panel, equals: expected[isSelfTest ? "self_cosines" : "cosines"]?[panel.title])
        }
    }

    @Test func theSummaryIsNumpys() throws {
        let figure = figures.summary(title: "", notes: [])
        #expect(figure.panels.count == 4)
        for panel in figure.panels { try expect(panel, equals: expected["summary"]?[panel.title]) }
    }

    @Test func whoIsLeftOutIsInTheSmallPrint() {
        for figure in [
            figures.cosines(isSelfTest: false, title: "", notes: ["the end"]),
            figures.summary(title: "", notes: ["the end"]),
        ] {
            #expect(
                figure.notes == [
                    "mlp-standard on Hopper-v2: seeds 0–2, 26,000 steps.",
                    "mlp-standard on HalfCheetah-v2: seeds 0–2, 22,000–26,000 steps.",
                    "sa-hyper on Hopper-v2: seeds 0–3, 26,000 steps.",
                    "sa-hyper on HalfCheetah-v2: seeds 0, 1, 26,000 steps.",
                    "Without seed 3 of sa-hyper on Hopper-v2, frozen at step 9,400 as a number was no longer finite; "
                        + "3 of 4 seeds count.", "the end",
                ])
        }
    }

    @Test func aSeedThatOccursTwiceIsRefused() throws {
        let runs = try StoredReports.runs()
        #expect(throws: ReportError.self) { try GradientFigures(runs + [runs[0]]) }
    }

    @Test func logsKeepWhatIsUnknownApart() throws {
        let run = try StoredRun(StoredReports.path("stored-runs/sa-hyper-Hopper-v2-1-2-3"))
        let log = try GradientLog(of: 1, run)
        #expect(log.steps == (1...26).map { $0 * 1000 })
        // No state of the first probe had a cosine; the self-test did.
        #expect(log.cosines[0] == nil && log.selfCosines[0] != nil && log.cosines[1] != nil)
        #expect(log.shares.count == 21 && log.shares[0][0] == 0 && log.shares[20].allSatisfy { $0 == 0 })
        let error = #expect(throws: ReportError.self) { try GradientLog(of: 7, run) }
        #expect(
            error?.kind == .incompleteRuns && error?.description.contains("seed 7 has no gradient_accuracy.csv") == true
        )
    }

    @Test func damagedLogsAreNamed() throws {
        let copy = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.copyItem(atPath: StoredReports.path("stored-runs/sa-hyper-Hopper-v2-0"), toPath: copy)
        let path = "\(copy)/td3/Hopper-v2_0/gradient_accuracy.csv"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        func problem(_ changed: String) throws -> String? {
            try changed.write(toFile: path, atomically: false, encoding: .utf8)
            return #expect(throws: FormatError.self) { try GradientLog(of: 0, StoredRun(copy)) }?.problem
        }
        #expect(
            try problem(text.replacingOccurrences(of: "share_above_1.00", with: "above"))
                == "has 20 share_above columns, not 21")
        #expect(try problem(text.replacingOccurrences(of: "\n3000,", with: "\n,")) == "row 3 has no step")
    }

    @Test func theRunningMeanIsOfWhatThereIs() {
        #expect(GradientLog.smoothed([nil, 2, nil, 6, 10], over: 2) == [nil, 2, 2, 6, 8])
        #expect(GradientLog.smoothed([1, nil, nil, 4], over: 2) == [1, 1, nil, 4])
    }
}
