import HyperRandom

/// Factors whose products nearly cancel: what a sum in float32 loses, and a dot product in double must keep.
public struct CancellingProducts: Sendable {
    /// `[count]`, exact in float32.
    public let left: [Float]
    public let right: [Float]
    /// The sum of the products, but for the last bits of a double.
    public let sum: Double
    /// The sum of their magnitudes.
    public let magnitude: Double

    /// Products of two normal numbers; less each of them again in two parts, whose products round otherwise, in other places; and a small
    /// remainder.
    ///
    /// - Parameter count: How many products there are; 1 more than a multiple of 3.
    public init(count: Int, seed: UInt32) {
        precondition(count % 3 == 1, "CancellingProducts: \(count) is not 1 more than a multiple of 3")
        let third = count / 3
        let stream = RandomStream(seed: seed, stream: .probe)
        let a = (0..<UInt32(third)).map { stream.normal(step: 0, lane: $0) * 100 }
        let b = (0..<UInt32(third)).map { stream.normal(step: 1, lane: $0) }
        // The upper and the lower half of the mantissa: both exact, as is their sum.
        let upper = b.map { Float(bitPattern: $0.bitPattern & 0xFFFF_F000) }
        let lower = zip(b, upper).map { $0 - $1 }
        let order = (0..<third).sorted {
            (stream.bits(step: 2, lane: UInt32($0)), $0) < (stream.bits(step: 2, lane: UInt32($1)), $1)
        }
        left = a + order.map { a[$0] } + a.reversed() + [0.001]
        right = b + order.map { -upper[$0] } + lower.reversed().map { -$0 } + [0.5]
        sum = Double(Float(0.001)) * 0.5
        magnitude = zip(left, right).reduce(0) { $0 + (Double($1.0) * Double($1.1)).magnitude }
    }

    /// The products added one after another in float32.
    public var sumInFloat: Float { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
}
