import HyperRandom
import HyperReference
import HyperTensor

/// Compares gradients of a traced function with central differences, in double precision, to second order.
///
/// The loss is `L(x) = Σ w ⊙ exp(c · f(x))` with random weights w: the exponential gives every op a non-uniform upstream
/// gradient and a second derivative. A random direction stands for all elements at once.
public struct GradientCheck {
    /// An analytic derivative and its central difference.
    public struct Comparison {
        public let analytic: Double
        public let numeric: Double

        /// The difference, relative to the larger of both and 1.
        public var error: Double {
            (analytic - numeric).magnitude / max(analytic.magnitude, numeric.magnitude, 1)
        }
    }

    /// What is differentiated: a function of tensors, at given values.
    public struct Function {
        let types: [TensorType]
        let values: [[Double]]
        let body: (Trace, [Tensor]) -> Tensor

        /// - Parameters:
        ///   - types: The operands' types; int32 operands are held fixed.
        ///   - values: The operands' values, row-major, away from kinks.
        ///   - body: Traces a float32 or float64 value of any shape.
        public init(types: [TensorType], values: [[Double]], body: @escaping (Trace, [Tensor]) -> Tensor) {
            self.types = types
            self.values = values
            self.body = body
        }
    }

    private let function: Function
    private let program: Program
    /// Random directions of the first and the second derivative, by operand; empty for int32.
    private let directions: [[[Double]]]

    /// Traces loss, first and second directional derivative of `function`.
    ///
    /// - Throws: `TensorError` if the function or a derivative does not trace.
    public init(_ function: Function, seed: UInt32 = 0) throws {
        self.function = function
        directions = [0, 1].map { order in
            function.types.enumerated().map { index, type in
                type.element.isDifferentiable ? Self.normals(type.count, seed, UInt64(order * 100 + index)) : []
            }
        }
        program = try Program.trace("gradient check") { trace in
            let inputs = function.types.enumerated().map { trace.input("operand\($0.offset)", $0.element) }
            let moved = inputs.filter { $0.type.element.isDifferentiable }
            let along = (0...1).map { order in
                moved.enumerated().map { trace.input("direction\(order).\($0.offset)", $0.element.type) }
            }
            func slope(_ value: Tensor, _ directions: [Tensor]) -> Tensor {
                let gradients = trace.gradients(of: value, withRespectTo: moved)
                return zip(gradients, directions).map { ($0 * $1).total.cast(to: .float32) }
                    .reduce(trace.constant(0), +)
            }
            let output = function.body(trace, inputs)
            let weights = trace.constant(
                Self.normals(output.shape.count, seed, 1000), TensorType(.float32, output.shape))
            let loss = (weights * (output.cast(to: .float32) * 0.1).exp()).total
            let first = slope(loss, along[0])
            trace.output("loss", loss)
            trace.output("first", first)
            trace.output("second", slope(first, along[1]))
        }
    }

    /// The derivative of the loss along a random direction.
    public func firstOrder() throws -> Comparison {
        Comparison(
            analytic: try evaluate(at: 0, direction: 0)[1],
            numeric: try centralDifference { try evaluate(at: $0, direction: 0)[0] })
    }

    /// The derivative of the first derivative along another random direction.
    public func secondOrder() throws -> Comparison {
        Comparison(
            analytic: try evaluate(at: 0, direction: 1)[2],
            numeric: try centralDifference { try evaluate(at: $0, direction: 1)[1] })
    }

    /// Fourth-order central difference; its step is far smaller than the distance of operands from kinks.
    private func centralDifference(_ value: (Double) throws -> Double) throws -> Double {
        let step = 0x1p-11
        let inner = try value(step) - value(-step)
        let outer = try value(2 * step) - value(-2 * step)
        return (8 * inner - outer) / (12 * step)
    }

    /// Loss and both derivatives with the operands moved by `distance` along a direction.
    private func evaluate(at distance: Double, direction: Int) throws -> [Double] {
        var inputs = function.values
        for (index, slopes) in directions[direction].enumerated() where !slopes.isEmpty {
            for element in slopes.indices { inputs[index][element] += distance * slopes[element] }
        }
        for order in directions { inputs += zip(order, function.types).filter { $1.element.isDifferentiable }.map(\.0) }
        var state = ReferenceState(StateLayout())
        return try ReferenceInterpreter(program).run(inputs: inputs, state: &state).map { $0[0] }
    }

    private static func normals(_ count: Int, _ seed: UInt32, _ step: UInt64) -> [Double] {
        let stream = RandomStream(seed: seed, stream: .probe)
        return (0..<UInt32(count)).map { Double(stream.normal(step: step + 10_000, lane: $0)) }
    }
}

extension GradientCheck.Function {
    /// The op of a case, at the case's operands.
    public init(_ opCase: OpCase, seed: UInt32 = 0) throws {
        let layout = try opCase.layout()
        self.init(types: opCase.operands.map(\.type), values: opCase.operandValues(seed: seed)) { trace, inputs in
            opCase.values(trace, inputs, layout)[0]
        }
    }
}
