/// Mean and quartiles of some numbers.
public struct Spread: Hashable, Sendable {
    public let mean: Double
    public let lowerQuartile: Double
    public let median: Double
    public let upperQuartile: Double

    /// Nil for no numbers. Quartiles are interpolated as numpy's default.
    init?(_ values: [Double]) {
        guard let mean = Statistics.mean(values), let lower = Statistics.quantile(values, 0.25),
            let median = Statistics.quantile(values, 0.5), let upper = Statistics.quantile(values, 0.75)
        else { return nil }
        self.mean = mean
        lowerQuartile = lower
        self.median = median
        upperQuartile = upper
    }
}

/// Order statistics and means of a few numbers.
enum Statistics {
    /// Nil for no numbers.
    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Population standard deviation; nil for no numbers.
    static func standardDeviation(_ values: [Double]) -> Double? {
        guard let mean = mean(values) else { return nil }
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }

    /// The quantile with linear interpolation between order statistics, as numpy's default; nil for no numbers.
    ///
    /// - Parameter fraction: 0 for the smallest, 1 for the largest.
    static func quantile(_ values: [Double], _ fraction: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let place = fraction * Double(sorted.count - 1)
        let lower = Int(place)
        let upper = min(lower + 1, sorted.count - 1)
        return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
    }

    static func norm(_ vector: [Double]) -> Double { dot(vector, vector).squareRoot() }

    static func dot(_ first: [Double], _ second: [Double]) -> Double {
        zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// u · v / (|u| |v|); nil where a vector is zero or not finite, and so has no direction.
    static func cosineSimilarity(_ first: [Double], _ second: [Double]) -> Double? {
        let (lengths, product) = ((norm(first), norm(second)), dot(first, second))
        guard lengths.0 > 0, lengths.1 > 0, lengths.0.isFinite, lengths.1.isFinite, product.isFinite else { return nil }
        return min(1, max(-1, product / lengths.0 / lengths.1))
    }
}
