import Foundation
import HyperFormats
import Testing

@testable import HyperProbes
@testable import HyperReports

/// Table 2, Figures 10 and 11 of stored weights, beside what tools/make-report-fixture counted with numpy.
@Suite struct WeightReportTests {
    private let stored: JSONValue
    private let study: WeightStudy

    init() throws {
        stored = try StoredReports.json("weights.json")
        let unit = try #require(stored["unit"]?.asDouble)
        let bins = try #require(stored["bins"]?.asInt)
        func weights(_ value: JSONValue?) -> LayerWeights {
            LayerWeights(
                layers: (value?.asArray ?? []).map {
                    ($0.asArray ?? []).compactMap(\.asInt).map { Float(Double($0) * unit) }
                })
        }
        let entries = try #require(stored["entries"]?.asArray).map { entry in
            let isTrained = entry["trained"]?.asBool == true
            return WeightStudy.Entry(
                initialization: entry["initialization"]?.asString ?? "",
                environment: entry["environment"]?.asString ?? "",
                seed: UInt32(entry["seed"]?.asInt ?? -1), isTrained: isTrained,
                reading: try WeightReading(
                    step: isTrained ? 100_000 : 0, weights: weights(entry["weights"]),
                    reference: weights(entry["reference"]), bins: bins))
        }
        // Two seeds of two initialisations on four tasks at two times, but for one seed on Hopper.
        #expect(entries.count == 30)
        study = WeightStudy(entries: entries, steps: 100_000, frozenNotes: ["Without somebody."])
    }

    @Test func distancesAreNumpys() throws {
        let table = try WeightDistances(study).table(isPartial: false)
        let expected = try #require(stored["distances"]?.asObject)
        #expect(table.rows.count == 8 && expected.count == 8)
        for (row, paper) in zip(table.rows, PaperNumbers.weightDistances) {
            guard case .text(let weights) = row[0], case .text(let initialization) = row[1] else {
                Issue.record("the first two cells are text")
                continue
            }
            let wanted = try #require(expected["\(weights), \(initialization)"])
            for (index, task) in PaperNumbers.tasks.enumerated() {
                guard case .number(let value, let decimals) = row[2 + 2 * index] else {
                    Issue.record("\(weights), \(initialization), \(task.key): \(row[2 + 2 * index])")
                    continue
                }
                let numpy = try #require(wanted[task.value]?.asDouble)
                #expect(abs(value - numpy) < 1e-9 && decimals == 1, "\(weights), \(task.key): \(value), \(numpy)")
                #expect(row[3 + 2 * index] == .number(paper.values[index], decimals: 1))
            }
        }
        #expect(
            table.notes.count == 2 && table.notes[0].contains("mean over 1–2 seeds")
                && table.notes[1] == "Without somebody.")
    }

    @Test(arguments: [false, true])
    func densitiesAreNumpys(isTrained: Bool) throws {
        let figure = study.figure(isTrained: isTrained, title: "", notes: ["the end"])
        let expected = try #require(stored["figures"]?[isTrained ? "trained" : "at the start"]?.asObject)
        #expect(figure.panels.count == 8 && expected.count == 8)
        for panel in figure.panels {
            let parts = panel.title.split(separator: ",", maxSplits: 1)
            let task = try #require(PaperNumbers.tasks.first { $0.key == parts[0] }?.value)
            let lines = try #require(expected["\(task),\(parts[1])"]?.asObject)
            #expect(panel.series.map(\.label) == ["hyper init: ours", "mlp-small", "hyper init: pytorch"])
            for series in panel.series {
                let line = try #require(lines[series.label])
                let density = try #require(line["density"]?.asArray).compactMap(\.asDouble)
                let ends = try #require(line["ends"]?.asArray).compactMap(\.asDouble)
                try #require(series.points.count == 101 && density.count == 100 && ends.count == 2)
                let width = (ends[1] - ends[0]) / 100
                for (bin, point) in series.points.enumerated() {
                    let wanted = (x: ends[0] + Double(bin) * width, y: bin < 100 ? density[bin] : 0)
                    #expect(abs(point.x - wanted.x) < 1e-12 && abs(point.y - wanted.y) < 1e-9 * max(1, wanted.y))
                }
                // A density: its area is 1.
                #expect(abs(series.points.reduce(0) { $0 + $1.y } * width - 1) < 1e-9 && series.isStepped)
            }
        }
        // On Hopper the first seed that both initialisations have is 1.
        #expect(figure.subtitle.contains("seeds 0, 1,") && figure.notes == ["Without somebody.", "the end"])
    }

    @Test func whatIsMissingOrUnfinishedIsNamed() throws {
        let some = WeightStudy(
            entries: study.entries.filter { $0.environment != "AntNoControlCost-v2" || $0.initialization == "ours" },
            steps: 100_000, unfinished: ["a, seed 2 (at step 40 of 100,000)"])
        let error = #expect(throws: ReportError.self) { try WeightDistances(some).table(isPartial: false) }
        #expect(
            error?.description
                == "unfinished: a, seed 2 (at step 40 of 100,000); missing: sa-hyper with initialization pytorch "
                + "on AntNoControlCost-v2. --partial makes a table of what is there.")
        let whole = WeightStudy(entries: study.entries, steps: 100_000, unfinished: ["a"])
        #expect(throws: ReportError.self) { try WeightDistances(whole).table(isPartial: false) }
        let table = try WeightDistances(some).table(isPartial: true)
        #expect(table.rows[1][6] == .missing && table.rows[0][6] != .missing)
        #expect(table.notes.last == "Unfinished: a, seed 2 (at step 40 of 100,000).")
    }
}
