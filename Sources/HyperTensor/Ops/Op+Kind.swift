extension Op {
    /// An op without its parameters: the unit in which cases, tests and profiles are counted.
    public enum Kind: Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case input, constant, read
        case unary(Unary)
        case binary(Binary)
        case select, cast, broadcast, reshape, transpose, slice, pad, concatenate
        case reduce(Reduction)
        case dot, matmul, gather, scatterAdd
        case random(Distribution)
        case stopGradient, assign, assignRows, adam, softUpdate

        public static var allCases: [Kind] {
            let leading: [Kind] = [.input, .constant, .read]
            let middle: [Kind] = [
                .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad, .concatenate,
            ]
            let trailing: [Kind] = [.stopGradient, .assign, .assignRows, .adam, .softUpdate]
            return leading + Unary.allCases.map(Kind.unary) + Binary.allCases.map(Kind.binary) + middle
                + Reduction.allCases.map(Kind.reduce) + [.dot, .matmul, .gather, .scatterAdd]
                + Distribution.allCases.map(Kind.random) + trailing
        }

        public var description: String {
            switch self {
            case .input: return "input"
            case .constant: return "constant"
            case .read: return "read"
            case .unary(let function): return function.rawValue
            case .binary(let function): return function.rawValue
            case .select: return "select"
            case .cast: return "cast"
            case .broadcast: return "broadcast"
            case .reshape: return "reshape"
            case .transpose: return "transpose"
            case .slice: return "slice"
            case .pad: return "pad"
            case .concatenate: return "concatenate"
            case .reduce(let reduction): return "reduce_\(reduction.rawValue)"
            case .dot: return "dot"
            case .matmul: return "matmul"
            case .gather: return "gather"
            case .scatterAdd: return "scatter_add"
            case .random(let distribution): return "random_\(distribution.rawValue)"
            case .stopGradient: return "stop_gradient"
            case .assign: return "assign"
            case .assignRows: return "assign_rows"
            case .adam: return "adam"
            case .softUpdate: return "soft_update"
            }
        }
    }

    public var kind: Kind {
        switch self {
        case .input: return .input
        case .constant: return .constant
        case .read: return .read
        case .unary(let function): return .unary(function)
        case .binary(let function): return .binary(function)
        case .select: return .select
        case .cast: return .cast
        case .broadcast: return .broadcast
        case .reshape: return .reshape
        case .transpose: return .transpose
        case .slice: return .slice
        case .pad: return .pad
        case .concatenate: return .concatenate
        case .reduce(let reduction, _): return .reduce(reduction)
        case .dot: return .dot
        case .matmul: return .matmul
        case .gather: return .gather
        case .scatterAdd: return .scatterAdd
        case .random(let distribution, _): return .random(distribution)
        case .stopGradient: return .stopGradient
        case .assign: return .assign
        case .assignRows: return .assignRows
        case .adam: return .adam
        case .softUpdate: return .softUpdate
        }
    }
}
