import HyperRandom
import HyperTensor

/// An operand of a case: its type and how its values are made.
public struct CaseOperand: Sendable {
    public let type: TensorType
    let source: Source

    /// How values are made.
    enum Source: Sendable {
        /// N(0, 1), positive numbers raised and negative ones lowered by `gap`.
        case normal(gap: Double)
        /// Uniform in a range.
        case uniform(ClosedRange<Double>)
        /// Uniform in (−3, 3), at least `gap` from every integer.
        case betweenIntegers(gap: Double)
        /// A random order of numbers that lie 1/8 apart, centred on `offset`; no two operands share one if their offsets
        /// differ by less than 1/8.
        case distinct(offset: Double)
        /// Uniform integers in a range.
        case integers(ClosedRange<Int>)
        /// The given numbers, again and again, each `repeated` times.
        case listed([Double], repeated: Int)
    }

    /// Standard normal numbers.
    static func normal(_ shape: Shape) -> CaseOperand {
        CaseOperand(type: TensorType(.float32, shape), source: .normal(gap: 0))
    }

    /// Normal numbers moved away from 0 by `gap`.
    static func nonZero(_ shape: Shape, gap: Double = 0.1) -> CaseOperand {
        CaseOperand(type: TensorType(.float32, shape), source: .normal(gap: gap))
    }

    static func uniform(_ range: ClosedRange<Double>, _ shape: Shape) -> CaseOperand {
        CaseOperand(type: TensorType(.float32, shape), source: .uniform(range))
    }

    /// Numbers at least 0.1 from every integer.
    static func betweenIntegers(_ shape: Shape) -> CaseOperand {
        CaseOperand(type: TensorType(.float32, shape), source: .betweenIntegers(gap: 0.1))
    }

    /// Numbers at least 1/8 apart, so that extremes and comparisons are decided.
    static func distinct(_ shape: Shape, offset: Double = 0) -> CaseOperand {
        CaseOperand(type: TensorType(.float32, shape), source: .distinct(offset: offset))
    }

    static func integers(_ range: ClosedRange<Int>, _ shape: Shape) -> CaseOperand {
        CaseOperand(type: TensorType(.int32, shape), source: .integers(range))
    }

    /// The numbers rounded to float32, again and again, each `repeated` times.
    static func listed(_ values: [Double], repeated: Int = 1, _ shape: Shape) -> CaseOperand {
        CaseOperand(
            type: TensorType(.float32, shape), source: .listed(values.map { Double(Float($0)) }, repeated: repeated))
    }

    static func listed(integers values: [Int], _ shape: Shape) -> CaseOperand {
        CaseOperand(type: TensorType(.int32, shape), source: .listed(values.map(Double.init), repeated: 1))
    }

    /// A double that a pair of floats holds: 48 bits.
    private static func pair(_ value: Double) -> Double {
        let high = Double(Float(value))
        return high + Double(Float(value - high))
    }

    /// The operand's values, exact in its type, and for float64 in a pair of floats but not in one. Equal seeds and indices give equal values.
    func makeValues(seed: UInt32, index: UInt64) -> [Double] {
        let stream = RandomStream(seed: seed, stream: .probe)
        func draw(_ value: (UInt32) -> Double) -> [Double] {
            (0..<UInt32(type.count)).map { lane in
                if type.element != .float64 { return Double(Float(value(lane))) }
                return Self.pair(value(lane) * (1 + 0x1p-24 * uniform(lane ^ 1 << 31)))
            }
        }
        func uniform(_ lane: UInt32) -> Double { Double(stream.uniform(step: index, lane: lane)) }
        switch source {
        case .normal(let gap):
            return draw {
                let value = Double(stream.normal(step: index, lane: $0))
                return value + (value < 0 ? -gap : gap)
            }
        case .uniform(let range):
            return draw { range.lowerBound + (range.upperBound - range.lowerBound) * uniform($0) }
        case .betweenIntegers(let gap):
            return draw {
                let value = uniform($0) * 6 - 3
                let floor = value.rounded(.down)
                return floor + gap + (value - floor) * (1 - 2 * gap)
            }
        case .distinct(let offset):
            let order = (0..<UInt32(type.count)).sorted { (uniform($0), $0) < (uniform($1), $1) }
            return order.map { (Double($0) - Double(type.count - 1) / 2) / 8 + offset }
        case .integers(let range):
            let count = UInt32(range.count)
            return draw { Double(range.lowerBound + Int(stream.integer(below: count, step: index, lane: $0))) }
        case .listed(let values, let repeated):
            return (0..<type.count).map { values[$0 / repeated % values.count] }
        }
    }
}
