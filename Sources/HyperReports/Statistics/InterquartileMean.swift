import HyperRandom
import HyperStatistics

/// The mean of the middle half of all runs, and how sure it is (Agarwal et al. 2021, arXiv:2108.13264).
///
/// As rliable computes it for one task: a quarter of the values, rounded down, is cut off at each end (scipy's `trim_mean`);
/// the interval is the 2.5 % and 97.5 % percentile over sets of as many runs, drawn from the runs with replacement.
public enum InterquartileMean {
    /// - Parameter values: At least one.
    public static func of(_ values: [Double]) -> Double {
        let cut = values.count / 4
        let middle = values.sorted()[cut..<values.count - cut]
        return middle.reduce(0, +) / Double(middle.count)
    }

    /// The 95 % interval.
    ///
    /// Few runs are resampled in every possible way, so their interval is exact; otherwise resamples are drawn, always the
    /// same ones.
    ///
    /// - Parameters:
    ///   - values: One for each run, at least one.
    ///   - resamples: How many to draw where not all are counted.
    public static func interval(of values: [Double], resamples: Int = 50_000) -> (lower: Double, upper: Double) {
        if values.count <= ExactResampling.countLimit { return ExactResampling.interval(values.sorted()) }
        let stream = RandomStream(seed: 0, stream: .probe)
        let count = UInt32(values.count)
        let means = (0..<resamples).map { resample in
            of((0..<count).map { values[Int(stream.integer(below: count, step: UInt64(resample), lane: $0))] })
        }
        return (Statistics.quantile(means, 0.025) ?? .nan, Statistics.quantile(means, 0.975) ?? .nan)
    }
}

/// Every way to draw n of n values with replacement, with its probability: the paper's five seeds have 126 ways. Drawing resamples instead
/// would add a noise of its own to intervals that are wide already.
private struct ExactResampling {
    /// With n = 8 there are 6,435 ways.
    static let countLimit = 8

    /// For each way, the weight of each sorted value in the interquartile mean.
    private let weights: [[Double]]
    private let probabilities: [Double]

    private static let all = (1...countLimit).map { ExactResampling(count: $0) }

    private init(count: Int) {
        var (weights, probabilities): ([[Double]], [Double]) = ([], [])
        let factorials = (0...count).map { (1...max($0, 1)).reduce(1.0) { $0 * Double($1) } }
        let every = factorials[count] / (0..<count).reduce(1.0) { product, _ in product * Double(count) }
        let cut = count / 4
        func visit(_ counts: [Int], _ left: Int) {
            if counts.count == count - 1 {
                let counts = counts + [left]
                var weight: [Double] = []
                var start = 0
                for number in counts {
                    let inside = max(0, min(start + number, count - cut) - max(start, cut))
                    weight.append(Double(inside) / Double(count - 2 * cut))
                    start += number
                }
                weights.append(weight)
                probabilities.append(counts.reduce(every) { $0 / factorials[$1] })
                return
            }
            for number in 0...left { visit(counts + [number], left - number) }
        }
        visit([], count)
        self.weights = weights
        self.probabilities = probabilities
    }

    static func interval(_ sorted: [Double]) -> (lower: Double, upper: Double) {
        let table = all[sorted.count - 1]
        let means = zip(table.weights, table.probabilities).map { weights, probability in
            (mean: zip(weights, sorted).reduce(0) { $0 + $1.0 * $1.1 }, probability: probability)
        }.sorted { $0.mean < $1.mean }
        func percentile(_ share: Double) -> Double {
            var sum = 0.0
            for (mean, probability) in means {
                sum += probability
                // Rounding must not skip the last value.
                if sum >= share - 1e-12 { return mean }
            }
            return means[means.count - 1].mean
        }
        return (percentile(0.025), percentile(0.975))
    }
}
