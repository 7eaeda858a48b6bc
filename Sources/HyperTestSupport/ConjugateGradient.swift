import HyperTensor

/// A conjugate gradient whose scalars stay on the device: one program for each iteration, nothing read back between them.
///
/// Solves `A x = b` for symmetric, positive definite A = I + Bᵀ B / n. State: x, r and p float32 `[n]`, r·r float64 `[1]`. A backend keeps
/// the scalars in double from the dot product to the step, so that what is left of r after some iterations is what rounding x to float32
/// leaves.
public struct ConjugateGradient {
    public let layout: StateLayout
    public let size: Int
    private let factor: Variable
    private let x, r, p, square: Variable

    public init(size: Int) throws {
        var layout = StateLayout()
        self.size = size
        factor = try layout.addVariable("b", TensorType(.float32, [size, size]))
        x = try layout.addVariable("x", TensorType(.float32, [size]))
        r = try layout.addVariable("r", TensorType(.float32, [size]))
        p = try layout.addVariable("p", TensorType(.float32, [size]))
        square = try layout.addVariable("rr", TensorType(.float64, [1]))
        self.layout = layout
    }

    /// `A v`.
    private func product(_ v: Tensor) -> Tensor {
        let b = v.trace.read(factor)
        let column = v.reshaped(to: [size, 1])
        return (column + b.matmul(b.matmul(column), transposeLeft: true) * (1 / Double(size))).reshaped(to: [size])
    }

    private func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
        a.reshaped(to: [1, size]).dot(b.reshaped(to: [1, size]))
    }

    private func spread(_ scalar: Tensor) -> Tensor { scalar.cast(to: .float32).broadcast(to: [size]) }

    /// x = 0, r = p = b.
    public func beginning() throws -> Program {
        try Program.trace("begin") { trace in
            let target = trace.input("target", TensorType(.float32, [size]))
            trace.assign(x, target * 0)
            trace.assign(r, target)
            trace.assign(p, target)
            trace.assign(square, dot(target, target))
        }
    }

    /// α = r·r / p·Ap; x += α p; r −= α Ap; β = r·r / the old one; p = r + β p.
    public func iteration() throws -> Program {
        try Program.trace("iterate") { trace in
            let (direction, old) = (trace.read(p), trace.read(square))
            let moved = product(direction)
            let alpha = old / dot(direction, moved)
            trace.assign(x, trace.read(x) + spread(alpha) * direction)
            let rest = trace.read(r) - spread(alpha) * moved
            let new = dot(rest, rest)
            trace.assign(r, rest)
            trace.assign(square, new)
            trace.assign(p, rest + spread(new / old) * direction)
        }
    }

    /// Runs some iterations; gives x and how much of r·r is left.
    public func solve(_ iterations: Int, on backend: any Backend) throws -> (x: [Double], left: Double) {
        let state = try backend.makeState(layout)
        func numbers(_ count: Int, _ factor: Int) -> [Double] {
            (0..<count).map { Double(($0 * factor) % 1009) / 1009 - 0.5 }
        }
        try state.write(doubles: numbers(size * size, 397), to: factor)
        let (begin, iterate) = (
            try backend.compile(beginning(), state: state), try backend.compile(iteration(), state: state)
        )
        try begin.setInput(0, doubles: numbers(size, 61))
        try begin.run()
        let before = try state.doubles(square)[0]
        for _ in 0..<iterations { try iterate.run() }
        return (try state.doubles(x), try state.doubles(square)[0] / before)
    }
}
