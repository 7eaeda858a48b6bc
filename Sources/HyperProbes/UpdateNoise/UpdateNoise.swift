import HyperFormats
import HyperStatistics

/// What a seed's policy reaches after one update, over updates from the same state that differ in their random numbers alone.
public struct UpdateNoise: ProbeReading, Equatable {
    public static let kind = ProbeKind.updateNoise

    /// Progress units trained before.
    public let step: Int
    /// Mean return after each update; nil where no episode could be finished.
    public let performances: [Double?]
    /// Mean return without an update.
    public let baseline: Double?

    public var mean: Double? { Statistics.mean(performances.compactMap { $0 }) }
    /// Population standard deviation.
    public var standardDeviation: Double? { Statistics.standardDeviation(performances.compactMap { $0 }) }
    /// std / |mean| (paper, Table 1); nil where the mean is 0.
    public var variationCoefficient: Double? {
        guard let mean, let deviation = standardDeviation, mean != 0 else { return nil }
        return deviation / mean.magnitude
    }
}

extension UpdateNoise {
    /// One row for each probe.
    static let table = ProbeTable(
        name: "update_noise",
        columns: ["step", "repeats", "baseline", "mean", "std", "variance", "coefficient_of_variation", "min", "max"])

    /// One row for each update of a probe.
    static let repeatTable = ProbeTable(name: "update_noise_repeats", columns: ["step", "repeat", "return"])

    public var rows: [[[CSVField]]] {
        func field(_ value: Double?) -> CSVField { value.map { .double($0) } ?? .missing }
        let known = performances.compactMap { $0 }
        let summary: [CSVField] = [
            .integer(step), .integer(performances.count), field(baseline), field(mean), field(standardDeviation),
            field(standardDeviation.map { $0 * $0 }), field(variationCoefficient), field(known.min()),
            field(known.max()),
        ]
        return [[summary], performances.enumerated().map { [.integer(step), .integer($0), field($1)] }]
    }

    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
        return [
            "step": .integer(step), "baseline": number(baseline), "mean": number(mean),
            "std": number(standardDeviation), "coefficient_of_variation": number(variationCoefficient),
            "returns": .array(performances.map(number)),
        ]
    }

    public var summary: String {
        func text(_ value: Double?) -> String { value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "undefined" }
        return "coefficient of variation \(text(variationCoefficient)) over \(performances.count) updates"
    }
}
