/// Two sets of weights counted in equal bins over their joint range.
public struct WeightHistogram: Sendable, Equatable {
    /// Where the first bin begins and the last ends.
    public let range: ClosedRange<Double>
    /// The share of the weights in each bin; 1 in all.
    public let shares: [Double]
    public let referenceShares: [Double]

    /// - Parameters:
    ///   - weights, reference: Finite; at least one each.
    ///   - bins: At least 1.
    init(_ weights: [Float], reference: [Float], bins: Int) {
        let ends = [weights, reference].map { (low: $0.min() ?? 0, high: $0.max() ?? 0) }
        let low = Double(min(ends[0].low, ends[1].low))
        let high = Double(max(ends[0].high, ends[1].high))
        range = low...high
        func shares(_ values: [Float]) -> [Double] {
            var counts = [Int](repeating: 0, count: bins)
            let scale = high > low ? Double(bins) / (high - low) : 0
            // The largest weight belongs to the last bin.
            for value in values { counts[min(bins - 1, Int((Double(value) - low) * scale))] += 1 }
            return counts.map { Double($0) / Double(values.count) }
        }
        self.shares = shares(weights)
        referenceShares = shares(reference)
    }

    /// Half the sum of absolute differences of the shares, in percent: 0 for equal histograms, 100 for disjoint ones.
    public var totalVariation: Double {
        50 * zip(shares, referenceShares).reduce(0) { $0 + abs($1.0 - $1.1) }
    }

    /// The ends of a bin.
    public func bounds(_ bin: Int) -> (lower: Double, upper: Double) {
        let width = (range.upperBound - range.lowerBound) / Double(shares.count)
        return (range.lowerBound + Double(bin) * width, range.lowerBound + Double(bin + 1) * width)
    }
}
