import HyperRandom
import HyperReference
import HyperTensor

/// A program of random ops on random shapes, with state and effects: finds what cases of single ops cannot.
///
/// Equal seeds give equal programs. Values stay within a few units, and no number comes near a kink except by chance.
public struct RandomProgram: CustomStringConvertible {
    public let seed: UInt32
    public let layout: StateLayout
    public let program: Program

    public var description: String { "seed \(seed)" }

    /// - Parameter opCount: Ops to choose; each may trace several nodes.
    public init(seed: UInt32, opCount: Int = 40) throws {
        var maker = Maker(seed: seed)
        var layout = StateLayout()
        for (index, name) in ["held", "other"].enumerated() {
            try layout.addArena(
                name, [("square", TensorType(.float32, [4, 6])), ("row", TensorType(.float32, [1, 6 + index]))])
        }
        self.seed = seed
        self.layout = layout
        program = try Program.trace("random \(seed)") { trace in
            maker.trace(trace, layout.variables, opCount: opCount)
        }
    }

    /// Standard normal values for every input.
    public var inputs: [[Double]] {
        program.inputs.enumerated().map { Self.normals($0.element.type.count, seed, UInt64($0.offset)) }
    }

    /// A state with standard normal values.
    public func makeState() throws -> ReferenceState {
        var state = ReferenceState(layout)
        for (index, variable) in layout.variables.enumerated() {
            try state.set(variable, to: Self.normals(variable.type.count, seed, UInt64(100 + index)))
        }
        return state
    }

    /// Where a float32 backend disagrees with the interpreter by more than rounding that tens of ops pass on.
    public func disagreements(on backend: any Backend) throws -> [String] {
        try Agreement.disagreements(
            of: program, on: backend, inputs: inputs, initial: makeState(), layout: layout,
            tolerance: Tolerance(relative: 1e-4, absolute: 1e-4))
    }

    private static func normals(_ count: Int, _ seed: UInt32, _ step: UInt64) -> [Double] {
        let stream = RandomStream(seed: seed, stream: .environment)
        return (0..<UInt32(count)).map { Double(stream.normal(step: step, lane: $0)) }
    }
}

/// Chooses ops while it traces.
private struct Maker {
    private let stream: RandomStream
    private var draws: UInt32 = 0

    init(seed: UInt32) { stream = RandomStream(seed: seed, stream: .probe) }

    private mutating func below(_ bound: Int) -> Int {
        draws += 1
        return Int(stream.integer(below: UInt32(bound), step: 0, lane: draws))
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    mutating func trace(_ trace: Trace, _ variables: [Variable], opCount: Int) {
        let shapes: [Shape] = [[4, 6], [1, 6], [4, 1], [2, 3, 4], [2, 1, 4], [24]]
        let sources = shapes.enumerated().map { trace.input("x\($0.offset)", TensorType(.float32, $0.element)) }
        var pool = sources
        for position in 0..<opCount {
            let x = pick(pool)
            switch below(10) {
            case 0, 1: pool.append(unary(x))
            case 2, 3, 4: pool.append(binary(x, pick(pool.filter { $0.shape == x.shape }), pick(pool)))
            case 5, 6: pool.append(moved(x))
            case 7: pool.append(reducedOrMultiplied(trace, x))
            case 8: pool.append(rows(trace, x))
            default: pool += effect(trace, variables, pool)
            }
            if position % 8 == 7 { trace.output("y\(position)", pool[pool.count - 1]) }
        }
        let loss = pool.suffix(6).map { total($0.tanh()) }.reduce(trace.constant(0), +)
        for (index, gradient) in trace.gradients(of: loss, withRespectTo: sources).enumerated() {
            trace.output("gradient\(index)", gradient)
        }
    }

    private mutating func unary(_ x: Tensor) -> Tensor {
        switch pick(Unary.allCases) {
        case .negate: return -x
        case .exp: return x.tanh().exp()
        case .log: return (x.square() + 0.5).log()
        case .sqrt: return (x.square() + 0.25).squareRoot()
        case .reciprocal: return (x.square() + 1).reciprocal()
        case .tanh: return x.tanh()
        case .sigmoid: return x.sigmoid()
        case .softplus: return x.softplus()
        case .abs: return x.magnitude()
        case .sign: return x * x.sign()
        case .square: return x.tanh().square()
        case .floor: return x - x.stopGradient()
        case .relu: return x.relu()
        case .isFinite: return x.isFinite().select(x, x.square())
        }
    }

    private mutating func binary(_ x: Tensor, _ y: Tensor, _ any: Tensor) -> Tensor {
        switch pick(Binary.allCases) {
        case .add: return (x + y) * 0.5
        case .subtract: return (x - y) * 0.5
        case .multiply: return x.tanh() * y
        case .divide: return x / (y.square() + 1)
        case .maximum: return x.maximum(y)
        case .minimum: return x.minimum(y)
        // Equal values that came by different ways are no rare chance: continuous there.
        case .less: return (x .< y).select(x, y)
        case .lessOrEqual: return (x .<= y + 1).select(y, x)
        case .equal:
            // A row, a column or a scalar beside the whole.
            let whole = x.shape
            guard any.shape.rank == whole.rank,
                (0..<whole.rank).allSatisfy({ any.shape[$0] == whole[$0] || any.shape[$0] == 1 })
            else {
                return x + total(any).reshaped(to: Shape([Int](repeating: 1, count: whole.rank))).broadcast(to: whole)
                    * 0.125
            }
            return (x + any.broadcast(to: whole)) * 0.5
        }
    }

    private mutating func moved(_ x: Tensor) -> Tensor {
        let shape = x.shape
        switch below(6) {
        case 0:
            var permutation = Array(0..<shape.rank)
            for index in permutation.indices { permutation.swapAt(index, below(shape.rank)) }
            return x.transposed(permutation)
        case 1: return x.reshaped(to: pick([Shape([shape.count]), [1, shape.count], [shape.count, 1]]))
        case 2:
            let axis = below(shape.rank)
            let start = below(shape[axis])
            return x.slice(axis: axis, start..<shape[axis])
        case 3:
            let before = (0..<shape.rank).map { _ in below(2) }
            return x.padded(to: Shape(zip(shape.dimensions, before).map { $0 + $1 + below(2) }), before: before)
        case 4:
            // Neighbours that are joined again lie as they lay.
            let axis = below(shape.rank)
            guard shape[axis] > 1 else { return x }
            let middle = 1 + below(shape[axis] - 1)
            return Tensor.concatenate(
                [x.slice(axis: axis, 0..<middle), x.slice(axis: axis, middle..<shape[axis])], axis: axis)
        default: return shape.count > 100 ? x : Tensor.concatenate([x, x.tanh()], axis: below(shape.rank))
        }
    }

    private mutating func reducedOrMultiplied(_ trace: Trace, _ x: Tensor) -> Tensor {
        let shape = x.shape
        let axes = (0..<shape.rank).filter { _ in below(2) == 0 }
        switch below(4) {
        case 0 where !axes.isEmpty: return x.sum(axes: axes) * 0.25
        case 1 where !axes.isEmpty: return x.maximum(axes: axes)
        case 2 where !axes.isEmpty: return x.minimum(axes: axes)
        default:
            guard shape.rank >= 2 else { return x.relu() }
            let bounded = x.tanh()
            let (left, right) = (below(2) == 0, below(2) == 0)
            let square = [
                false: bounded.matmul(bounded, transposeRight: true),
                true: bounded.matmul(bounded, transposeLeft: true),
            ]
            guard let product = square[left], product.shape.count <= 400 else { return bounded }
            let sizes = product.shape
            let bias = trace.constant(0.5, sizes)
            return right ? ((product + bias) * 0.125).relu() : product * 0.125
        }
    }

    private mutating func rows(_ trace: Trace, _ x: Tensor) -> Tensor {
        guard x.shape.rank == 2 else { return x.sigmoid() }
        let count = 1 + below(5)
        let indices = trace.constant(
            (0..<count).map { _ in Double(below(x.shape[0] + 2) - 1) }, TensorType(.int32, [count]))
        let gathered = x.gather(indices)
        return below(2) == 0 ? gathered : gathered.tanh().scatterAdd(indices, count: 3)
    }

    /// A change of the state between reads before and after it.
    private mutating func effect(_ trace: Trace, _ variables: [Variable], _ pool: [Tensor]) -> [Tensor] {
        let variable = pick(variables)
        let before = trace.read(variable)
        let candidates = pool.filter { $0.shape == variable.shape }
        switch below(3) {
        case 0 where !candidates.isEmpty: trace.assign(variable, pick(candidates))
        case 1:
            let row = trace.constant([Double(below(variable.shape[0]))], TensorType(.int32, [1]))
            trace.assignRows(variable, before.slice(axis: 0, 0..<1).tanh(), at: row)
        default: trace.assign(variable, trace.read(variable) * 0.5 + 0.25)
        }
        return below(2) == 0 ? [before] : [before, trace.read(variable)]
    }

    private func total(_ x: Tensor) -> Tensor { x.reshaped(to: [x.shape.count]).sum(axes: [0]).reshaped(to: []) }
}
