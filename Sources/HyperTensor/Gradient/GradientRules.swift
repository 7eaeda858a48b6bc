/// How a cotangent passes through each op: with `y = f(x…)` and the cotangent g of y, the cotangents of the operands.
enum GradientRules {
    /// Cotangents of the operands; nil where none flows. `wanted` tells which will be used.
    static func pull(
        _ g: Tensor, through op: Op, value y: Tensor, operands: [Tensor], wanted: [Bool]
    ) -> [Tensor?] {
        switch op {
        case .unary(let function): return [unary(function, g, operands[0], y)]
        case .binary(let function): return binary(function, g, operands[0], operands[1])
        case .select:
            let zero = g.like(0)
            return [nil, operands[0].select(g, zero), operands[0].select(zero, g)]
        case .cast(let element):
            let from = operands[0].type.element
            return [from.isDifferentiable && element.isDifferentiable ? g.cast(to: from) : nil]
        case .broadcast:  // y repeats x; dx sums the repetitions.
            let from = operands[0].shape
            return [g.sum(axes: (0..<from.rank).filter { from[$0] != g.shape[$0] })]
        case .reshape: return [g.reshaped(to: operands[0].shape)]
        case .transpose(let permutation):
            var inverse = permutation
            for (position, axis) in permutation.enumerated() { inverse[axis] = position }
            return [g.transposed(inverse)]
        case .slice(let starts): return [g.padded(to: operands[0].shape, before: starts)]
        case .pad(let before): return [g.slice(starts: before, sizes: operands[0].shape.dimensions)]
        case .concatenate(let axis):
            var start = 0
            return zip(operands, wanted).map { operand, wanted in
                let range = start..<start + operand.shape[axis]
                start = range.upperBound
                return wanted ? g.slice(axis: axis, range) : nil
            }
        case .reduce(.sum, _): return [g.broadcast(to: operands[0].shape)]
        case .reduce(.maximum, let axes), .reduce(.minimum, let axes):
            // Equal extremes share the cotangent evenly.
            let x = operands[0]
            let mask = x .== y.broadcast(to: x.shape)
            let share = g / mask.sum(axes: axes)
            return [mask * share.broadcast(to: x.shape)]
        case .dot:  // y = Σ a b: da = g b, db = g a
            let shape = operands[0].shape
            let spread = g.cast(to: .float32).expanded(at: shape.rank - 1).broadcast(to: shape)
            return [wanted[0] ? spread * operands[1] : nil, wanted[1] ? spread * operands[0] : nil]
        case .matmul(let left, let right):
            return matmul(g, operands[0], operands[1], left, right, wanted)
        case .gather:
            let table = operands[0].shape
            return [g.scatterAdd(operands[1], count: table[table.rank - 2]), nil]
        case .scatterAdd: return [g.gather(operands[1]), nil]
        case .stopGradient: return [nil]
        case .input, .constant, .read, .random: return []
        case .assign, .assignRows, .adam, .softUpdate:
            preconditionFailure("gradient: \(op.kind) is an effect and has no value")
        }
    }

    /// `g · f′(x)`, nil where f is constant in pieces; a function of one element pulls and pushes alike.
    static func unary(_ function: Unary, _ g: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor? {
        switch function {
        case .negate: return -g  // y = −x
        case .exp: return g * y  // y = eˣ, y′ = y
        case .log: return g / x  // y′ = 1/x
        case .sqrt: return g * 0.5 / y  // y′ = 1/(2y)
        case .reciprocal: return -(g * y.square())  // y′ = −y²
        case .tanh: return (g + g * y) * (1 - y)  // y′ = 1 − y², precise as |y| → 1
        case .sigmoid: return g * y * (1 - y)  // y′ = y(1 − y)
        case .softplus: return g * x.sigmoid()  // y′ = σ(x)
        case .abs: return g * x.sign()  // y′ = sign x
        case .square: return g * (x * 2)  // y′ = 2x
        case .relu: return (g.like(0) .< y).select(g, g.like(0))  // y′ = [y > 0]
        case .sign, .floor, .isFinite: return nil  // piecewise constant
        }
    }

    private static func binary(_ function: Binary, _ g: Tensor, _ a: Tensor, _ b: Tensor) -> [Tensor?] {
        switch function {
        case .add: return [g, g]
        case .subtract: return [g, -g]
        case .multiply: return [g * b, g * a]
        case .divide:  // y = a/b: 1/b and −a/b²
            let scaled = g / b
            return [scaled, -(scaled * (a / b))]
        case .maximum:  // equal operands: the left one takes the cotangent
            let mask = b .<= a
            return [mask.select(g, g.like(0)), mask.select(g.like(0), g)]
        case .minimum:
            let mask = a .<= b
            return [mask.select(g, g.like(0)), mask.select(g.like(0), g)]
        case .less, .lessOrEqual, .equal: return [nil, nil]
        }
    }

    /// Y = A B: dA = G Bᵀ, dB = Aᵀ G; stored transposes exchange roles instead of moving memory.
    private static func matmul(
        _ g: Tensor, _ a: Tensor, _ b: Tensor, _ left: Bool, _ right: Bool, _ wanted: [Bool]
    ) -> [Tensor?] {
        func product(_ x: Tensor, _ y: Tensor, _ transposeX: Bool, _ transposeY: Bool) -> Tensor {
            x.matmul(y, transposeLeft: transposeX, transposeRight: transposeY)
        }
        let da = !wanted[0] ? nil : left ? product(b, g, right, true) : product(g, b, false, !right)
        let db = !wanted[1] ? nil : right ? product(g, a, true, left) : product(a, g, !left, false)
        return [da, db]
    }
}
