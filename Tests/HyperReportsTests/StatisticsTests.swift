import Foundation
import HyperExperiments
import HyperFormats
import HyperStatistics
import Testing

@testable import HyperReports

/// The cases that tools/make-statistics-fixture stored with PyPI's rliable.
private func storedCases() throws -> [JSONValue] {
    let path = try #require(
        Bundle.module.path(forResource: "interquartile-means", ofType: "json", inDirectory: "Fixtures"))
    return try #require(try JSONValue(contentsOf: path)["cases"]?.asArray)
}

/// Within 0.5 %: both draw resamples, so the interval's ends differ by chance.
@Test func interquartileMeansAreThoseOfRliable() throws {
    let cases = try storedCases()
    #expect(cases.count == 4)
    for stored in cases {
        let scores = try #require(stored["scores"]?.asArray).compactMap(\.asDouble)
        let expected = ["iqm", "lower", "upper"].map { stored[$0]?.asDouble ?? .nan }
        let interval = InterquartileMean.interval(of: scores)
        let found = [InterquartileMean.of(scores), interval.lower, interval.upper]
        for (ours, theirs) in zip(found, expected) {
            #expect(abs(ours / theirs - 1) < 0.005, "\(stored["name"]?.asString ?? ""): \(ours), \(theirs)")
        }
    }
}

@Test func anIntervalOfEqualRunsIsAPointAndOrderDoesNotMatter() {
    #expect(InterquartileMean.interval(of: [3, 3, 3, 3, 3]) == (3, 3))
    #expect(InterquartileMean.interval(of: [7]) == (7, 7))
    let first = InterquartileMean.interval(of: [1, 2, 3, 4, 10])
    #expect(first == InterquartileMean.interval(of: [10, 3, 1, 4, 2]))
    // By hand: the interquartile mean of five is that of the middle three.
    #expect(InterquartileMean.of([1, 2, 3, 4, 10]) == 3)
    #expect(first.lower >= 1 && first.upper <= 10 && first.lower < 3 && first.upper > 3)
}

/// The order of the additions decides the last bit, and with it the bits of logs and figures.
@Test func numbersAreAddedFromTheFirstToTheLast() {
    #expect(Statistics.mean([1e16, 1, -1e16]) == 0 && Statistics.mean([1e16, -1e16, 1]) == 1.0 / 3)
    #expect(Statistics.mean([]) == nil && Statistics.standardDeviation([]) == nil)
    #expect(Statistics.standardDeviation([1, 3]) == 1 && Statistics.standardDeviation([7]) == 0)
}

@Test func quantilesLieBetweenNeighbours() {
    let values = [4.0, 1, 3, 2]
    #expect(Statistics.quantile(values, 0) == 1 && Statistics.quantile(values, 1) == 4)
    #expect(Statistics.quantile(values, 0.5) == 2.5 && Statistics.quantile(values, 0.25) == 1.75)
    #expect(Statistics.quantile([7], 0.9) == 7 && Statistics.quantile([], 0.5) == nil)
}

@Test func curvesMeetAtTheStepsThatAllSeedsHave() {
    let curves = [
        SeedCurve(seed: 0, steps: [10, 20, 30], returns: [1, 2, 3]),
        SeedCurve(seed: 1, steps: [10, 20, 30, 40], returns: [3, .nan, 7, 9]),
    ]
    let summary = CurveSummary(curves, statistic: .mean)
    #expect(summary.steps == [10, 30])
    #expect(summary.values == [Summary(center: 2, lower: 1, upper: 3), Summary(center: 5, lower: 3, upper: 7)])
    let smooth = curves[0].smoothed(over: 2)
    #expect(smooth.returns == [1, 1.5, 2.5])
    #expect(curves[1].highest == 9)
}
