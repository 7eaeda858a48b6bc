import Glibc  // links the C library's fmaf, which CPUs without fused multiply-add need

/// The transform of random bits to a standard normal, in additions, products and fused multiply-adds alone.
///
/// No library logarithm or square root takes part: their last bits differ between systems and devices, these do not.
/// The twin of `csimd_random.h`, equal to the bit.
@usableFromInline
enum NormalTransform {
    /// `√2 · erfinv(2u − 1)` for `u = ((bits >> 9) + ½) · 2⁻²³`, with the single-precision `erfinv` of Giles 2010
    /// ("Approximating the erfinv function").
    @inlinable
    static func normal(of bits: UInt32) -> Float {
        // x = (2k + 1) 2⁻²³ − 1 with k = bits >> 9: x, 1 − x and 1 + x are exact.
        let x = fma(Float(2 * (bits >> 9) + 1), 0x1p-23, -1)
        let w = -logarithm((1 - x) * (1 + x))
        var p: Float
        if w < 5 {
            let t = w - 2.5
            p = 2.81022636e-08
            p = fma(p, t, 3.43273939e-07)
            p = fma(p, t, -3.5233877e-06)
            p = fma(p, t, -4.39150654e-06)
            p = fma(p, t, 0.00021858087)
            p = fma(p, t, -0.00125372503)
            p = fma(p, t, -0.00417768164)
            p = fma(p, t, 0.246640727)
            p = fma(p, t, 1.50140941)
        } else {
            let t = squareRoot(w) - 3
            p = -0.000200214257
            p = fma(p, t, 0.000100950558)
            p = fma(p, t, 0.00134934322)
            p = fma(p, t, -0.00367342844)
            p = fma(p, t, 0.00573950773)
            p = fma(p, t, -0.0076224613)
            p = fma(p, t, 0.00943887047)
            p = fma(p, t, 1.00167406)
            p = fma(p, t, 2.83297682)
        }
        return (p * x) * 1.41421356237
    }

    /// `a · b + c` with one rounding.
    @inlinable
    static func fma(_ a: Float, _ b: Float, _ c: Float) -> Float {
        c.addingProduct(a, b)
    }

    /// Natural logarithm of a positive normal number, within 1.5 ulp (the polynomial of Cephes' `logf`).
    @inlinable
    static func logarithm(_ x: Float) -> Float {
        let offset = x.bitPattern &- 0x3F35_04F3  // √½: the mantissa lands in √½ ..< √2
        let exponent = Float(Int32(bitPattern: offset) >> 23)
        let f = Float(bitPattern: (offset & 0x007F_FFFF) &+ 0x3F35_04F3) - 1
        let square = f * f
        var p: Float = 7.0376836292e-2
        p = fma(p, f, -1.1514610310e-1)
        p = fma(p, f, 1.1676998740e-1)
        p = fma(p, f, -1.2420140846e-1)
        p = fma(p, f, 1.4249322787e-1)
        p = fma(p, f, -1.6668057665e-1)
        p = fma(p, f, 2.0000714765e-1)
        p = fma(p, f, -2.4999993993e-1)
        p = fma(p, f, 3.3333331174e-1)
        p = fma(p, f, -0.5)
        p = fma(p, square, exponent * -2.12194440e-4)  // ln 2 = 0.693359375 − 0.000212194440
        return fma(exponent, 0.693359375, f + p)
    }

    /// Square root of a positive normal number, within 1 ulp: a bit trick for `1/√x` and Newton steps.
    @inlinable
    static func squareRoot(_ x: Float) -> Float {
        let half = 0.5 * x
        var r = Float(bitPattern: 0x5F37_59DF - (x.bitPattern >> 1))
        for _ in 0..<3 { r = r * fma(-half, r * r, 1.5) }
        let s = x * r
        return fma(0.5 * r, fma(-s, s, x), s)
    }
}
