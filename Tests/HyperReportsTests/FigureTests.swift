import Foundation
import FoundationXML
import HyperExperiments
import HyperFormats
import HyperModels
import Testing

@testable import HyperReports

/// A run of the past, without a folder.
func record(
    _ critic: CriticKind = .mlpStandard, environment: String = "Hopper-v2", seeds: [UInt32] = [0], steps: Int = 20,
    done: Int? = nil, path: String = "run", frozen: [UInt32: Int] = [:],
    change: (inout RunConfiguration) throws -> Void = { _ in }
) -> RunRecord {
    var configuration = RunConfiguration(
        environment: environment, variants: ["critic": critic.rawValue], seeds: seeds, steps: steps)
    do { try change(&configuration) } catch { preconditionFailure("\(error)") }
    return RunRecord(
        path: path, configuration: configuration,
        curves: seeds.map { seed in
            SeedCurve(seed: seed, steps: [10, 20], returns: [Double(seed) + 1, Double(seed) * 2 + 4])
        }, stepsDone: seeds.map { _ in done ?? steps }, frozenSteps: frozen)
}

@Suite struct FigureTests {
    @Test func seedsOfOneExperimentBecomeOneLine() throws {
        let figure = try LearningCurves().figure([
            record(seeds: [0, 1]), record(.saHyper, seeds: [0]), record(seeds: [4], steps: 40),
        ])
        #expect(figure.labels == ["mlp-standard", "sa-hyper"])
        #expect(figure.panels.count == 1 && figure.panels[0].series[0].points.map(\.x) == [10, 20])
        let points = figure.panels[0].series[0].points
        #expect(abs(points[0].y - 8.0 / 3) < 1e-12)
        #expect(figure.notes == ["mlp-standard: seeds 0, 1, 4, 20 steps.", "sa-hyper: seeds 0, 20 steps."])
        #expect(figure.panels[0].series[1].points[0].band == nil)
    }

    @Test func whatDiffersIsInTheLabel() throws {
        let runs = [
            record(.saHyper), record(.saHyper) { try $0.agent.set("initialization", to: "pytorch") },
            record(.saHyper, environment: "Ant-v2"), record(),
        ]
        var curves = LearningCurves()
        curves.isFaceted = true
        let labels = try curves.figure(runs).labels
        #expect(
            labels == [
                "sa-hyper (initialization ours)", "sa-hyper (initialization pytorch)", "mlp-standard", "sa-hyper",
            ])
    }

    @Test func runsThatDoNotFitAreRefused() {
        let mixed = [record(), record(environment: "Ant-v2")]
        var error = #expect(throws: ReportError.self) { try LearningCurves().figure(mixed) }
        #expect(error?.kind == .usage && error?.description.contains("--facet") == true)
        error = #expect(throws: ReportError.self) {
            try LearningCurves().figure([record(path: "a"), record(seeds: [3, 0], path: "b")])
        }
        #expect(error?.description.hasPrefix("Seed 0 of the same experiment occurs in a and in b") == true)
        let empty = RunRecord(
            path: "new", configuration: RunConfiguration(),
            curves: [SeedCurve(seed: 2, steps: [], returns: [])], stepsDone: [0])
        error = #expect(throws: ReportError.self) { try LearningCurves().figure([empty]) }
        #expect(error?.kind == .incompleteRuns && error?.description == "new: seed 2 has no evaluations yet.")
    }

    @Test(
        arguments: [
            (0.0...1_000_000, 5, ["0", "0.2M", "0.4M", "0.6M", "0.8M", "1.0M"]), (0.0...4407, 6, nil),
            (-300.0...(-20), 4, nil), (0.1...0.35, 5, nil), (5.0...5, 4, nil), (-1e-9...1e-9, 5, nil),
            (0.0...12_345, 5, ["0", "2.5k", "5.0k", "7.5k", "10.0k"]),
        ] as [(ClosedRange<Double>, Int, [String]?)])
    func ticksAreRoundAndInTheRange(_ range: ClosedRange<Double>, _ count: Int, _ labels: [String]?) {
        let ticks = AxisTicks(range, count: count, padding: 0.01)
        #expect(ticks.range.lowerBound <= range.lowerBound && ticks.range.upperBound >= range.upperBound)
        #expect(ticks.values.allSatisfy { ticks.range.contains($0) })
        #expect((2...2 * count + 1).contains(ticks.values.count))
        #expect(Set(ticks.labels).count == ticks.labels.count, "\(ticks.labels)")
        if let labels { #expect(ticks.labels == labels) }
    }

    @Test func everySeriesLooksDifferent() {
        let labels = PaperPresets.critics + (0..<15).map { "other \($0)" }
        let styles = LineStyle.styles(for: labels)
        #expect(styles.count == labels.count && Set(styles.values).count == labels.count)
        #expect(LineStyle.styles(for: ["sa-hyper"])["sa-hyper"] == styles["sa-hyper"])
    }

    /// Whatever stands in names, the document is XML and says it.
    @Test func documentsAreWellFormed() throws {
        var curves = LearningCurves()
        curves.title = "A & B < \"C\" \u{1} 'd'"
        var figure = try curves.figure([record(seeds: [0, 1]), record(.saHyper)])
        figure.panels[0].series[0].points.append(.init(x: 30, y: .nan))
        figure.panels.append(.init(title: "empty", xLabel: "x", yLabel: "y", series: []))
        let text = SVGFigure(figure).text
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.texts.contains("A & B < \"C\"  'd'") && reader.texts.contains("no data"))
        #expect(reader.texts.contains("environment steps") && reader.texts.contains("sa-hyper"))
        #expect(!text.contains("nan") && !text.contains("inf"))
        #expect(reader.counts["polyline"] == 4 && reader.counts["polygon"] == 3)
    }

    /// Collects the texts of an SVG.
    private final class Reader: NSObject, XMLParserDelegate {
        var texts: Set<String> = []
        var counts: [String: Int] = [:]
        private var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            counts[name, default: 0] += 1
            text = ""
        }

        func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) { texts.insert(text) }
    }

    @Test func terminalPlotsFitTheirWidthAndLettersTellLines() throws {
        let figure = try LearningCurves().figure([record(seeds: [0, 1]), record(.saHyper)])
        for width in [40, 79, 120] {
            let plain = TerminalPlot(figure, width: width, hasColor: false).text
            let lines = plain.split(separator: "\n", omittingEmptySubsequences: false)
            let area = lines.drop { !$0.contains("┤") && !$0.contains("│") }
            #expect(area.allSatisfy { $0.count <= width }, "\(width)")
            #expect(plain.contains("a mlp-standard   b sa-hyper") && !plain.contains("\u{1B}"))
            #expect(area.contains { $0.hasSuffix("a") } && area.contains { $0.hasSuffix("b") })
        }
        #expect(TerminalPlot(figure, width: 80, hasColor: true).text.contains("\u{1B}[31m"))
    }

    @Test func theDataAreAllPoints() throws {
        let path = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try LearningCurves().figure([record(seeds: [0, 1])]).writeData(to: path)
        let table = try CSVTable(contentsOf: path)
        #expect(table.columns == ["panel", "series", "x", "y", "lower", "upper"])
        #expect(
            table.rows == [
                ["", "mlp-standard", "10.0", "1.5", "1.0", "2.0"], ["", "mlp-standard", "20.0", "5.0", "4.0", "6.0"],
            ])
    }
}
