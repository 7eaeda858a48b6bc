import HyperTensor

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

    /// One float64 operation, or a short chain of them, on any device: 48 bits of a pair of floats, with some room.
    public static let wide = Tolerance(relative: 0x1p-44)

    /// A sum in double of `count` products of float32 of about `magnitude`, on any device: what `Tensor.dot` says of pairs of floats.
    public static func dot(of count: Int, magnitude: Double = 1) -> Tolerance {
        Tolerance(relative: 0x1p-44, absolute: 0x1p-38 * Double(count) * magnitude)
    }

    /// Whether a result agrees; NaN agrees with NaN, infinities with what overflows to them.
    ///
    /// - Parameter element: The result's type. A float32 may be the expected number rounded, a float64 must be within the bound.
    public func accepts(_ got: Double, expected: Double, as element: ElementType = .float32) -> Bool {
        if expected.isNaN || got.isNaN { return expected.isNaN && got.isNaN }
        if got == (element == .float64 ? expected : Double(Float(expected))) { return true }
        if expected.isInfinite { return false }  // the bound below would be infinite too
        return (got - expected).magnitude <= absolute + relative * expected.magnitude
    }
}
