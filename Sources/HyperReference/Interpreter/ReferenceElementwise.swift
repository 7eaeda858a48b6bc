import Glibc
import HyperTensor

extension ElementType {
    /// What becomes of a number that is cast to this type: float32 is held in double precision too, int32 drops the fraction.
    func reference(_ value: Double) -> Double {
        switch self {
        case .float32, .float64: return value
        case .int32: return value.rounded(.towardZero)
        }
    }
}

extension Unary {
    /// The function in double precision.
    var reference: (Double) -> Double {
        switch self {
        case .negate: return { -$0 }
        case .exp: return { Glibc.exp($0) }
        case .log: return { Glibc.log($0) }
        case .sqrt: return { $0.squareRoot() }
        case .reciprocal: return { 1 / $0 }
        case .tanh: return { Glibc.tanh($0) }
        case .sigmoid: return { 1 / (1 + Glibc.exp(-$0)) }
        // log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|): the exponential never overflows.
        case .softplus: return { Binary.largest($0, 0) + log1p(Glibc.exp(-$0.magnitude)) }
        case .abs: return { $0.magnitude }
        case .sign: return { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }  // keeps NaN and the sign of zero
        case .square: return { $0 * $0 }
        case .floor: return { $0.rounded(.down) }
        case .relu: return { Binary.largest($0, 0) }
        case .isFinite: return { $0.isFinite ? 1 : 0 }
        }
    }
}

extension Binary {
    /// The function in double precision.
    var reference: (Double, Double) -> Double {
        switch self {
        case .add: return { $0 + $1 }
        case .subtract: return { $0 - $1 }
        case .multiply: return { $0 * $1 }
        case .divide: return { $0 / $1 }
        case .maximum: return Binary.largest
        case .minimum: return Binary.smallest
        case .less: return { $0 < $1 ? 1 : 0 }
        case .lessOrEqual: return { $0 <= $1 ? 1 : 0 }
        case .equal: return { $0 == $1 ? 1 : 0 }
        }
    }

    /// The larger number; NaN if either is NaN.
    static func largest(_ a: Double, _ b: Double) -> Double { a >= b || a.isNaN ? a : b }

    /// The smaller number; NaN if either is NaN.
    static func smallest(_ a: Double, _ b: Double) -> Double { a <= b || a.isNaN ? a : b }
}
