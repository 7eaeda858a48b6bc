import HyperRandom
import HyperReference
import HyperTensor

/// An isolated launch with numbers to work on, compared with the reference before anything is timed.
struct KernelCheck {
    let isolated: IsolatedLaunch
    /// The isolated launches.
    let launches: [Launch]

    /// The state's values, exact in float32 or int32.
    func makeState() throws -> ReferenceState {
        var state = ReferenceState(isolated.layout)
        for (index, (variable, content)) in zip(isolated.layout.variables, isolated.contents).enumerated() {
            let stream = RandomStream(seed: 0, stream: .probe)
            try state.set(
                variable,
                to: (0..<UInt32(variable.type.count)).map { lane in
                    switch content {
                    case .normal where variable.type.element == .int32:
                        return Double(stream.integer(below: 1000, step: UInt64(index), lane: lane))
                    case .normal: return Double(stream.normal(step: UInt64(index), lane: lane))
                    case .positive: return Double(stream.uniform(step: UInt64(index), lane: lane)) + 0x1p-10
                    case .integers(let bound):
                        return Double(stream.integer(below: UInt32(bound), step: UInt64(index), lane: lane))
                    }
                })
        }
        return state
    }

    /// What is wrong with the backend's result; empty if nothing is.
    func disagreements(on backend: any Backend) throws -> [String] {
        try expectedRuns(count: 2).disagreements(on: backend)
    }

    /// The result that any backend must give, for checking many of them.
    func expectedRun() throws -> ExpectedRuns {
        try expectedRuns(count: 1)
    }

    private func expectedRuns(count: Int) throws -> ExpectedRuns {
        try ExpectedRuns(
            of: isolated.schedule, initial: makeState(), layout: isolated.layout, tolerance: tolerance, count: count)
    }

    /// Sums round once for each term; the numbers around a product are of about its size.
    private var tolerance: Tolerance {
        let all = launches.map(Self.tolerance)
        return Tolerance(relative: all.map(\.relative).max() ?? 0, absolute: all.map(\.absolute).max() ?? 0)
    }

    private static func tolerance(_ launch: Launch) -> Tolerance {
        switch launch {
        case .matmul(let matmul):
            let product = Tolerance.sum(of: matmul.k, magnitude: 16)
            // A step that divides by the root of a small second moment is far larger than its gradient.
            return matmul.step == nil ? product : Tolerance(relative: update.relative, absolute: product.absolute)
        case .reduce(_, _, let length, _, _, _): return .sum(of: length, magnitude: 4)
        case .elementwise(let kernel, _, _):
            if kernel == .identity { return .exact }
            return kernel == .wideIdentity ? .rounding : Tolerance(relative: 1e-5, absolute: 1e-5)
        case .wideSum(_, let length, _, _, _): return .dot(of: length, magnitude: 4)
        case .dot(let shape, _, _, _): return .dot(of: shape.length, magnitude: 4)
        case .gather, .assignRows: return .exact
        case .scatterAdd(let rows, _, _, _): return .sum(of: rows.rows, magnitude: 4)
        case .random: return .function
        case .adam, .softUpdate: return update
        }
    }

    private static let update = Tolerance(relative: 1e-5, absolute: 1e-5)
}
