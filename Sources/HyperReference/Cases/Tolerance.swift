/// How far a result may be from the reference: `|got − expected| ≤ absolute + relative · |expected|`.
public struct Tolerance: Sendable, Hashable {
    public let relative: Double
    /// At least the smallest normal float32, because a device may flush what is smaller to zero.
    public let absolute: Double

    public init(relative: Double, absolute: Double = 0) {
        self.relative = relative
        self.absolute = max(absolute, Double(Float.leastNormalMagnitude))
    }

    /// The same bits, but for values too small for a normal float32.
    public static let exact = Tolerance(relative: 0)
    /// One float32 operation: half a unit in the last place, with some room.
    public static let rounding = Tolerance(relative: 0x1p-23)
    /// A function approximated in float32: 8 units in the last place.
    public static let function = Tolerance(relative: 1e-6)

    /// A sum of `count` terms of about `magnitude`, in any order: each addition rounds a partial sum once.
    public static func sum(of count: Int, magnitude: Double = 1) -> Tolerance {
        Tolerance(relative: 0x1p-23, absolute: 0x1p-24 * Double(count) * magnitude)
    }

    /// Whether a float32 result agrees; NaN agrees with NaN, infinities with what overflows to them.
    public func accepts(_ got: Double, expected: Double) -> Bool {
        if expected.isNaN || got.isNaN { return expected.isNaN && got.isNaN }
        if got == Double(Float(expected)) { return true }
        if expected.isInfinite { return false }  // the bound below would be infinite too
        return (got - expected).magnitude <= absolute + relative * expected.magnitude
    }
}
