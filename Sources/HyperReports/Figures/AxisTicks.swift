import Glibc

/// Round numbers along an axis.
struct AxisTicks {
    /// The ends of the axis.
    let range: ClosedRange<Double>
    /// The tick marks inside, ascending.
    let values: [Double]
    let labels: [String]

    /// Ticks at multiples of 1, 2, 2.5 or 5 times a power of ten.
    ///
    /// - Parameters:
    ///   - range: What the axis must show.
    ///   - count: About how many ticks are wanted, at least 2.
    ///   - padding: The share of the range to add at both ends; one that ends at zero stays so.
    init(_ range: ClosedRange<Double>, count: Int, padding: Double = 0) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if !(high - low > 1e-12 * max(abs(low), abs(high), 1e-300)) {
            let room = max(abs(low) * 0.1, 1)
            (low, high) = (low - room, high + room)
        }
        let rough = (high - low) / Double(max(count, 2))
        let room = (high - low) * padding
        (low, high) = (low == 0 ? 0 : low - room, high == 0 ? 0 : high + room)
        self.range = low...high
        let power = pow(10, floor(log10(rough)))
        let factor = [1, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
        let step = factor * power
        let first = Int((low / step - 1e-9).rounded(.up))
        let last = Int((high / step + 1e-9).rounded(.down))
        values = (first...max(last, first)).map { Double($0) * step }
        let largest = max(abs(values[0]), abs(values[values.count - 1]))
        labels = values.map { Self.text($0, step: step, largest: largest) }
    }

    /// A number with a unit of thousands or millions where all ticks are so large: `2500`, `100k`, `1.5M`.
    private static func text(_ value: Double, step: Double, largest: Double) -> String {
        let unit = largest >= 1e6 ? 1e6 : largest >= 1e4 ? 1e3 : 1
        if value == 0 { return "0" }
        if largest >= 1e12 || largest < 1e-4 { return "\(Float(value))" }
        let decimals = max(0, Int((-log10(step / unit) - 1e-9).rounded(.up)) + (isQuarter(step) ? 1 : 0))
        return fixed(value / unit, decimals: decimals) + (unit == 1e6 ? "M" : unit == 1e3 ? "k" : "")
    }

    /// Whether a step is 2.5 times a power of ten, and needs one more decimal.
    private static func isQuarter(_ step: Double) -> Bool {
        let mantissa = step / pow(10, floor(log10(step) + 1e-9))
        return abs(mantissa - 2.5) < 1e-6
    }
}
