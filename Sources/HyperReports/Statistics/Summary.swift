import HyperStatistics

/// How the returns of several seeds become one line with a band.
public enum CurveStatistic: String, Sendable, CaseIterable {
    /// Mean and standard deviation (divided by n), as in the paper.
    case mean
    /// Interquartile mean with its 95 % stratified bootstrap interval (Agarwal et al. 2021, arXiv:2108.13264).
    case iqm

    /// Words for a figure.
    public var title: String {
        switch self {
        case .mean: "mean ± standard deviation"
        case .iqm: "interquartile mean, 95 % bootstrap interval"
        }
    }
}

/// A number with the ends of its band.
public struct Summary: Hashable, Sendable {
    public let center: Double
    public let lower: Double
    public let upper: Double

    public init(center: Double, lower: Double, upper: Double) {
        self.center = center
        self.lower = lower
        self.upper = upper
    }

    /// Mean and standard deviation over seeds, divided by n; of nothing: NaN.
    public static func mean(_ values: [Double]) -> (mean: Double, deviation: Double) {
        (Statistics.mean(values) ?? .nan, Statistics.standardDeviation(values) ?? .nan)
    }

    /// - Parameter values: One for each seed, at least one.
    public init(_ statistic: CurveStatistic, of values: [Double]) {
        switch statistic {
        case .mean:
            let (mean, deviation) = Self.mean(values)
            self.init(center: mean, lower: mean - deviation, upper: mean + deviation)
        case .iqm:
            let interval = InterquartileMean.interval(of: values)
            self.init(center: InterquartileMean.of(values), lower: interval.lower, upper: interval.upper)
        }
    }
}

/// Several seeds' curves as one line: a summary at every step that all seeds were evaluated at.
public struct CurveSummary: Sendable {
    public let steps: [Int]
    public let values: [Summary]

    /// - Parameter window: Evaluations to average over before anything else; 1 for none.
    public init(_ curves: [SeedCurve], statistic: CurveStatistic, window: Int = 1) {
        let smooth = window > 1 ? curves.map { $0.smoothed(over: window) } : curves
        var found: [Int: [Double]] = [:]
        for curve in smooth {
            for (step, value) in zip(curve.steps, curve.returns) where value.isFinite {
                found[step, default: []].append(value)
            }
        }
        steps = found.filter { $0.value.count == curves.count }.keys.sorted()
        values = steps.map { Summary(statistic, of: found[$0] ?? []) }
    }

    /// The summaries as points of a figure over environment steps.
    ///
    /// - Parameter hasBand: Whether there are several seeds, whose spread a band can show.
    func points(hasBand: Bool) -> [Figure.Point] {
        zip(steps, values).map { step, value in
            Figure.Point(
                x: Double(step), y: value.center, band: hasBand ? value.lower...max(value.lower, value.upper) : nil)
        }
    }
}
