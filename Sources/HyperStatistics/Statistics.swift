/// Mean, deviation and quantiles of a few numbers, which are added from the first to the last: the order decides the last bit.
public enum Statistics {
    /// Nil for no numbers.
    public static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Standard deviation of a population (divided by n); nil for no numbers.
    public static func standardDeviation(_ values: [Double]) -> Double? {
        guard let mean = mean(values) else { return nil }
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }

    /// The quantile with linear interpolation between order statistics, as numpy's default; nil for no numbers.
    ///
    /// - Parameter fraction: 0 for the smallest, 1 for the largest.
    public static func quantile(_ values: [Double], _ fraction: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let place = fraction * Double(sorted.count - 1)
        let lower = Int(place)
        let upper = min(lower + 1, sorted.count - 1)
        return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
    }
}
