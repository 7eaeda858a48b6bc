import Foundation
import HyperFormats
import HyperRandom
import Testing

@testable import HyperProbes

/// What numpy computed, from tools/make-probe-fixture.
enum NumpyFixture {
    static func cases(_ name: String) throws -> [JSONValue] {
        let path = try #require(Bundle.module.path(forResource: "Fixtures/probes", ofType: "json"))
        return try #require(try JSONValue(contentsOf: path)[name]?.asArray)
    }

    static func numbers(_ value: JSONValue?) throws -> [Double] {
        try #require(value?.asArray).map { try #require($0.asDouble) }
    }
}

@Suite struct LinearFitTests {
    private let stream = RandomStream(seed: 5, stream: .probe)

    private func actions(_ count: Int, _ size: Int) -> [[Double]] {
        (0..<count).map { row in (0..<size).map { Double(stream.normal(step: UInt64(row), lane: UInt32($0))) * 0.3 } }
    }

    @Test func gradientsEqualNumpysOverAllPairs() throws {
        for fit in try NumpyFixture.cases("fits") {
            let actions = try #require(fit["actions"]?.asArray).map { try NumpyFixture.numbers($0) }
            let found = try LinearFit(actions: actions, values: NumpyFixture.numbers(fit["values"]))
            let expected = try NumpyFixture.numbers(fit["gradient"])
            let scale = expected.map(abs).max() ?? 1
            for (ours, theirs) in zip(found.gradient, expected) { #expect(abs(ours - theirs) <= 1e-11 * scale) }
            #expect(found.gradient.count == expected.count)
            let determination = try #require(fit["determination"]?.asDouble)
            #expect(abs(found.determination - determination) < 1e-12)
        }
    }

    @Test(arguments: [1, 3, 8]) func aPlantedLinearFunctionIsRecovered(_ size: Int) throws {
        let slope = (0..<size).map { Double($0) - 1.5 }
        let actions = actions(15, size)
        let found = try LinearFit(
            actions: actions, values: actions.map { zip($0, slope).reduce(1000) { $0 + $1.0 * $1.1 } })
        for (ours, planted) in zip(found.gradient, slope) { #expect(abs(ours - planted) < 1e-11) }
        #expect(found.determination > 1 - 1e-12)
    }

    @Test func valuesThatDoNotVaryHaveNoSlope() throws {
        let found = try LinearFit(actions: actions(15, 3), values: [Double](repeating: 7, count: 15))
        #expect(found.gradient == [0, 0, 0] && found.determination == 1)
    }

    @Test func samplesThatDetermineNothingAreRefusedByName() {
        func failure(_ actions: [[Double]], _ values: [Double]? = nil) -> LinearFit.Failure? {
            do {
                _ = try LinearFit(actions: actions, values: values ?? actions.indices.map(Double.init))
                return nil
            } catch { return error }
        }
        #expect(failure(actions(3, 3)) == .tooFewSamples(count: 3, actionSize: 3))
        #expect(failure(actions(4, 3)) == nil)
        let constant = actions(9, 3).map { [$0[0], 0.1, $0[2]] }
        #expect(failure(constant) == .constantElement(1, value: 0.1))
        #expect(
            failure(constant)?.description
                == "element 1 of the action was never varied: it is 0.1 in every sample")
        let dependent = actions(9, 3).map { [$0[0], $0[1], 2 * $0[0] - $0[1]] }
        guard case .dependentElement = failure(dependent) else {
            Issue.record("dependent elements gave \(String(describing: failure(dependent)))")
            return
        }
        #expect(failure(actions(9, 3), [Double](repeating: .nan, count: 9)) == .notFinite)
    }
}

@Suite struct StatisticsTests {
    @Test func quartilesEqualNumpys() throws {
        for expected in try NumpyFixture.cases("quartiles") {
            let spread = try #require(Spread(try NumpyFixture.numbers(expected["values"])))
            let ours = [spread.mean, spread.lowerQuartile, spread.median, spread.upperQuartile]
            let theirs = [try #require(expected["mean"]?.asDouble)] + (try NumpyFixture.numbers(expected["quartiles"]))
            for (our, their) in zip(ours, theirs) { #expect(abs(our - their) < 1e-14) }
        }
        #expect(Spread([]) == nil)
    }

    @Test func histogramsEqualNumpys() throws {
        for expected in try NumpyFixture.cases("histograms") {
            let bins = try #require(expected["bins"]?.asInt)
            let histogram = WeightHistogram(
                try NumpyFixture.numbers(expected["weights"]).map { Float($0) },
                reference: try NumpyFixture.numbers(expected["reference"]).map { Float($0) }, bins: bins)
            #expect(histogram.shares == (try NumpyFixture.numbers(expected["shares"])))
            #expect(histogram.referenceShares == (try NumpyFixture.numbers(expected["reference_shares"])))
            let distance = try #require(expected["total_variation"]?.asDouble)
            #expect(abs(histogram.totalVariation - distance) < 1e-12)
        }
    }

    @Test func distancesReachFromZeroToAHundredPercent() {
        let weights: [Float] = [0, 0.1, 0.2, 0.9]
        #expect(WeightHistogram(weights, reference: weights, bins: 10).totalVariation == 0)
        #expect(WeightHistogram([0, 0.1], reference: [0.8, 1], bins: 4).totalVariation == 100)
        // All weights alike: one bin holds them all.
        let alike = WeightHistogram([3, 3], reference: [3], bins: 5)
        #expect(alike.totalVariation == 0 && alike.shares.reduce(0, +) == 1)
    }

    @Test func aVectorWithoutDirectionHasNoCosine() {
        #expect(VectorMath.cosineSimilarity([0, 0], [1, 2]) == nil)
        #expect(VectorMath.cosineSimilarity([.nan, 0], [1, 2]) == nil)
        #expect(VectorMath.cosineSimilarity([3, 4], [-6, -8]) == -1)
        #expect(abs((VectorMath.cosineSimilarity([1, 0], [1, 1]) ?? 0) - 0.5.squareRoot()) < 1e-15)
    }
}
