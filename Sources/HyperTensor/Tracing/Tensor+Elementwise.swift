extension Tensor {
    public static func + (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.add), [rhs]) }
    public static func - (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.subtract), [rhs]) }
    public static func * (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.multiply), [rhs]) }
    public static func / (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.divide), [rhs]) }
    public static prefix func - (operand: Tensor) -> Tensor { operand.record(.unary(.negate)) }

    public static func + (lhs: Tensor, rhs: Double) -> Tensor { lhs + lhs.like(rhs) }
    public static func - (lhs: Tensor, rhs: Double) -> Tensor { lhs - lhs.like(rhs) }
    public static func * (lhs: Tensor, rhs: Double) -> Tensor { lhs * lhs.like(rhs) }
    /// A product with the rounded reciprocal for float32, a quotient for float64.
    public static func / (lhs: Tensor, rhs: Double) -> Tensor {
        lhs.type.element == .float32 ? lhs * lhs.like(1 / rhs) : lhs / lhs.like(rhs)
    }
    public static func + (lhs: Double, rhs: Tensor) -> Tensor { rhs.like(lhs) + rhs }
    public static func - (lhs: Double, rhs: Tensor) -> Tensor { rhs.like(lhs) - rhs }
    public static func * (lhs: Double, rhs: Tensor) -> Tensor { rhs.like(lhs) * rhs }

    /// 1 where the left is smaller, else 0; float32, whatever is compared.
    public static func .< (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.less), [rhs]) }
    public static func .<= (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.lessOrEqual), [rhs]) }
    public static func .== (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.record(.binary(.equal), [rhs]) }

    public func exp() -> Tensor { record(.unary(.exp)) }
    public func log() -> Tensor { record(.unary(.log)) }
    public func squareRoot() -> Tensor { record(.unary(.sqrt)) }
    public func reciprocal() -> Tensor { record(.unary(.reciprocal)) }
    public func tanh() -> Tensor { record(.unary(.tanh)) }
    public func sigmoid() -> Tensor { record(.unary(.sigmoid)) }
    /// `log(1 + eˣ)`.
    public func softplus() -> Tensor { record(.unary(.softplus)) }
    public func magnitude() -> Tensor { record(.unary(.abs)) }
    /// −1, 0 or 1.
    public func sign() -> Tensor { record(.unary(.sign)) }
    public func square() -> Tensor { record(.unary(.square)) }
    public func floor() -> Tensor { record(.unary(.floor)) }
    public func relu() -> Tensor { record(.unary(.relu)) }
    /// 1 where finite, else 0.
    public func isFinite() -> Tensor { record(.unary(.isFinite)) }
    public func stopGradient() -> Tensor { record(.stopGradient) }

    public func maximum(_ other: Tensor) -> Tensor { record(.binary(.maximum), [other]) }
    public func minimum(_ other: Tensor) -> Tensor { record(.binary(.minimum), [other]) }

    /// The nearest value in `range`.
    public func clamped(to range: ClosedRange<Double>) -> Tensor {
        maximum(like(range.lowerBound)).minimum(like(range.upperBound))
    }

    /// The same numbers as another type, which is the only way from one type to another.
    ///
    /// To int32 the fraction is dropped (towards zero); NaN and what lies outside int32's range give an unspecified number.
    /// Gradients pass between float32 and float64, and stop at int32.
    public func cast(to element: ElementType, file: String = #fileID, line: UInt = #line) -> Tensor {
        if element == type.element { return self }
        return record(.cast(element), at: SourceLocation(file: file, line: line))
    }

    /// With this float32 tensor as mask: `whenTrue` where it is not 0, else `whenFalse`; those are of any one type.
    public func select(_ whenTrue: Tensor, _ whenFalse: Tensor) -> Tensor { record(.select, [whenTrue, whenFalse]) }
}
