import HyperTensor

/// The kernels: launches of one kind can share a call.
enum KernelKind: String, Hashable, Sendable, CaseIterable {
    case matmul
    case dynamicLinear = "dynamic_linear"
    case elementwise, reduce, gather
    case scatterAdd = "scatter_add"
    case assignRows = "assign_rows"
    case random, adam
    case wideElementwise = "wide_elementwise"
    case wideSum = "wide_sum"
    case dot = "dot_products"
    case softUpdate = "soft_update"

    init(_ launch: Launch) {
        switch launch {
        case .elementwise(let kernel, _, _): self = kernel.registers == .float64 ? .wideElementwise : .elementwise
        case .reduce: self = .reduce
        case .wideSum: self = .wideSum
        case .dot: self = .dot
        case .matmul(let matmul): self = matmul.isNarrow ? .dynamicLinear : .matmul
        case .gather: self = .gather
        case .scatterAdd: self = .scatterAdd
        case .assignRows: self = .assignRows
        case .random: self = .random
        case .adam: self = .adam
        case .softUpdate: self = .softUpdate
        }
    }

    /// The function's name in its file.
    var function: String { rawValue }

    /// The file in Kernels/.
    var file: String {
        switch self {
        case .matmul: return "matmul.cl"
        case .dynamicLinear: return "dynamic_linear.cl"
        case .elementwise: return "elementwise.cl"
        case .reduce: return "reduce.cl"
        case .gather, .scatterAdd, .assignRows: return "rows.cl"
        case .random: return "random.cl"
        case .adam, .softUpdate: return "optimizer.cl"
        case .wideElementwise: return "wide_elementwise.cl"
        case .wideSum, .dot: return "wide_sums.cl"
        }
    }

    /// Whether the kernel computes in double, or in pairs of floats where the device has none.
    var isWide: Bool {
        switch self {
        case .wideElementwise, .wideSum, .dot: return true
        case .matmul, .dynamicLinear, .elementwise, .reduce, .gather, .scatterAdd, .assignRows, .random, .adam,
            .softUpdate:
            return false
        }
    }
}

extension MatmulLaunch {
    /// Whether a tile would be mostly empty, so that dynamic_linear.cl serves better. Follows from one matrix alone.
    var isNarrow: Bool { m <= 4 || n <= 8 }
}
