import HyperStatistics

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
