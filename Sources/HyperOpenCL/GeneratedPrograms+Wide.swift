import HyperTensor

/// Instructions on registers of doubles.cl.
extension ElementwiseKernel.Instruction {
    /// The instruction as an expression of type `wide`.
    var wideExpression: String {
        switch self {
        case .constant(let value):
            let pair = FloatPair(value)
            let bits = [UInt64(pair.high.bitPattern), UInt64(pair.low.bitPattern)].map { "0x\(String($0, radix: 16))u" }
            return "WIDE(0x\(String(value.bitPattern, radix: 16))ul, \(bits[0]), \(bits[1]))"
        case .unary(let function, let register): return function.wideExpression("r\(register)")
        case .binary(let function, let left, let right): return function.wideExpression("r\(left)", "r\(right)")
        case .select(let mask, let whenTrue, let whenFalse):
            return "w_is_true(r\(mask)) ? r\(whenTrue) : r\(whenFalse)"
        }
    }
}

extension Unary {
    fileprivate func wideExpression(_ x: String) -> String {
        switch self {
        case .negate: return "w_negate(\(x))"
        case .sqrt: return "w_sqrt(\(x))"
        case .reciprocal: return "w_divide(w_of_float(1.0f), \(x))"
        case .abs: return "w_abs(\(x))"
        case .sign: return "w_sign(\(x))"
        case .square: return "w_multiply(\(x), \(x))"
        case .floor: return "w_floor(\(x))"
        case .relu: return "w_relu(\(x))"
        case .isFinite: return "w_mask(w_is_finite(\(x)))"
        case .exp, .log, .tanh, .sigmoid, .softplus:
            preconditionFailure("OpenCL: \(rawValue) is no function of doubles; shape rules refuse it")
        }
    }
}

extension Binary {
    fileprivate func wideExpression(_ a: String, _ b: String) -> String {
        switch self {
        case .add: return "w_add(\(a), \(b))"
        case .subtract: return "w_subtract(\(a), \(b))"
        case .multiply: return "w_multiply(\(a), \(b))"
        case .divide: return "w_divide(\(a), \(b))"
        case .maximum: return "w_maximum(\(a), \(b))"
        case .minimum: return "w_minimum(\(a), \(b))"
        case .less: return "w_mask(w_less(\(a), \(b)))"
        case .lessOrEqual: return "w_mask(w_less_or_equal(\(a), \(b)))"
        case .equal: return "w_mask(w_equal(\(a), \(b)))"
        }
    }
}
