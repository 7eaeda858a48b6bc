import HyperFormats
import HyperStatistics

/// The distribution of a critic's weights, layer by layer, beside that of a reference.
public struct WeightReading: ProbeReading, Equatable {
    public static let kind = ProbeKind.dynamicWeights

    /// One layer's weights and the reference's.
    public struct Layer: Sendable, Equatable {
        public let weights: Summary
        public let reference: Summary
        public let histogram: WeightHistogram
    }

    /// A set of weights in five numbers.
    public struct Summary: Sendable, Equatable {
        public let count: Int
        public let mean: Double
        /// Population standard deviation.
        public let standardDeviation: Double
        public let minimum: Double
        public let maximum: Double

        init(_ weights: [Float]) {
            let values = weights.map(Double.init)
            count = values.count
            mean = Statistics.mean(values) ?? 0
            standardDeviation = Statistics.standardDeviation(values) ?? 0
            minimum = values.min() ?? 0
            maximum = values.max() ?? 0
        }
    }

    /// Environment steps trained before.
    public let step: Int
    /// From the input on.
    public let layers: [Layer]

    /// - Throws: `ProbeError` if the layers do not correspond, or a weight is not finite.
    init(step: Int, weights: LayerWeights, reference: LayerWeights, bins: Int) throws {
        let (weights, reference) = (weights.layers, reference.layers)
        guard weights.count == reference.count else {
            throw ProbeError(
                "dynamic weights: the critic has \(weights.count) layers of weights, the reference \(reference.count); "
                    + "compare critics of as many layers")
        }
        for (index, layer) in weights.enumerated() {
            guard layer.allSatisfy(\.isFinite), reference[index].allSatisfy(\.isFinite) else {
                throw ProbeError("dynamic weights: step \(step): a weight of layer \(index + 1) is not finite")
            }
        }
        self.step = step
        layers = zip(weights, reference).map { weights, reference in
            Layer(
                weights: Summary(weights), reference: Summary(reference),
                histogram: WeightHistogram(weights, reference: reference, bins: bins))
        }
    }
}

extension WeightReading {
    /// One row for each layer of a probe.
    static let table = ProbeTable(
        name: "dynamic_weights",
        columns: [
            "step", "layer", "total_variation", "count", "mean", "std", "min", "max", "reference_count",
            "reference_mean", "reference_std", "reference_min", "reference_max",
        ])

    /// One row for each bin of each layer of a probe.
    static let histogramTable = ProbeTable(
        name: "dynamic_weights_histogram",
        columns: ["step", "layer", "bin", "lower", "upper", "share", "reference_share"])

    public var rows: [[[CSVField]]] {
        let summaries = layers.enumerated().map { index, layer -> [CSVField] in
            [.integer(step), .integer(index + 1), .double(layer.histogram.totalVariation)]
                + [layer.weights, layer.reference].flatMap { summary -> [CSVField] in
                    [
                        .integer(summary.count), .double(summary.mean), .double(summary.standardDeviation),
                        .double(summary.minimum), .double(summary.maximum),
                    ]
                }
        }
        let bins = layers.enumerated().flatMap { index, layer in
            layer.histogram.shares.indices.map { bin -> [CSVField] in
                let bounds = layer.histogram.bounds(bin)
                return [
                    .integer(step), .integer(index + 1), .integer(bin), .double(bounds.lower), .double(bounds.upper),
                    .double(layer.histogram.shares[bin]), .double(layer.histogram.referenceShares[bin]),
                ]
            }
        }
        return [summaries, bins]
    }

    public var json: JSONValue {
        func json(_ summary: Summary) -> JSONValue {
            [
                "count": .integer(summary.count), "mean": .double(summary.mean),
                "std": .double(summary.standardDeviation), "min": .double(summary.minimum),
                "max": .double(summary.maximum),
            ]
        }
        return [
            "step": .integer(step),
            "layers": .array(
                layers.enumerated().map { index, layer in
                    [
                        "layer": .integer(index + 1), "total_variation": .double(layer.histogram.totalVariation),
                        "weights": json(layer.weights), "reference": json(layer.reference),
                        "lower": .double(layer.histogram.range.lowerBound),
                        "upper": .double(layer.histogram.range.upperBound),
                        "shares": .array(layer.histogram.shares.map { .double($0) }),
                        "reference_shares": .array(layer.histogram.referenceShares.map { .double($0) }),
                    ]
                }),
        ]
    }

    public var summary: String {
        let distances = layers.map { "\(($0.histogram.totalVariation * 10).rounded() / 10) %" }
        return "total variation to mlp-small's weights by layer \(distances.joined(separator: ", "))"
    }
}
