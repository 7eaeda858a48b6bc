import HyperRandom
import HyperReference
import HyperTensor

/// Holds forward-mode against reverse-mode derivatives of a traced function, in double precision.
///
/// With random vectors u, v, w and the Jacobian J of the function f: `u · (J v) = (Jᵀ u) · v`; and with the Hessian H of
/// `L = Σ u ⊙ tanh(f / 8)`, the product H v in all four ways to take two derivatives.
public struct TangentCheck {
    /// The same numbers, computed in two ways.
    public struct Comparison {
        public let label: String
        public let first: [Double]
        public let second: [Double]

        /// The largest difference, relative to the largest number and 1.
        public var error: Double {
            guard first.count == second.count else { return .infinity }
            let differences = zip(first, second).map { pair -> Double in
                let difference = (pair.0 - pair.1).magnitude
                return difference.isNaN ? .infinity : difference
            }
            return (differences.max() ?? 0) / max(1, (first + second).map(\.magnitude).max() ?? 0)
        }

        /// Whether any number is not 0.
        public var isSubstantial: Bool { first.contains { $0 != 0 } }
    }

    private let trace: Trace
    private let stream: RandomStream
    private var labels: [String] = []

    private init(_ trace: Trace, seed: UInt32) {
        self.trace = trace
        stream = RandomStream(seed: seed, stream: .probe)
    }

    // MARK: Programs

    /// Traces what is to be compared, as pairs of outputs.
    ///
    /// - Parameters:
    ///   - name: The program's name.
    ///   - body: Traces the function; gives its outputs, and the tensors by which they are differentiated.
    /// - Returns: The program, and the label of each pair of its outputs.
    /// - Throws: `TensorError` if function or derivatives do not trace.
    public static func program(
        _ name: String, order: Order, seed: UInt32 = 0, _ body: (Trace) throws -> (outputs: [Tensor], inputs: [Tensor])
    ) throws -> (program: Program, labels: [String]) {
        var labels: [String] = []
        let program = try Program.trace(name) { trace in
            let (outputs, inputs) = try body(trace)
            var check = TangentCheck(trace, seed: seed)
            switch order {
            case .first: check.traceFirst(outputs, inputs)
            case .second: check.traceSecond(outputs, inputs)
            }
            labels = check.labels
        }
        return (program, labels)
    }

    public enum Order: Sendable, CaseIterable { case first, second }

    /// `u · (J v)` beside `(Jᵀ u) · v` for each output, with all inputs moving together and each alone.
    private mutating func traceFirst(_ outputs: [Tensor], _ inputs: [Tensor]) {
        let (u, v) = (normals(like: outputs, step: 0), normals(like: inputs, step: 1))
        let together = trace.jacobianVectorProducts(of: outputs, withRespectTo: inputs, tangents: v)
        let alone = zip(inputs, v).map {
            trace.jacobianVectorProducts(of: outputs, withRespectTo: [$0], tangents: [$1])
        }
        for (index, output) in outputs.enumerated() {
            let pulled = trace.gradients(of: output, withRespectTo: inputs, upstream: u[index])
            compare(
                "output \(index), all inputs", (u[index] * together[index]).total, trace.scalarProduct(pulled, v))
            for input in inputs.indices {
                compare(
                    "output \(index), input \(input)", (u[index] * alone[input][index]).total,
                    (pulled[input] * v[input]).total)
            }
        }
    }

    /// H v by reverse over reverse, beside forward over reverse and reverse over forward; v · H w by forward over forward.
    private mutating func traceSecond(_ outputs: [Tensor], _ inputs: [Tensor]) {
        let values = outputs.map { $0.cast(to: .float32) }
        let (u, v, w) = (
            normals(like: values, step: 0), normals(like: inputs, step: 1), normals(like: inputs, step: 2)
        )
        let loss = trace.scalarProduct(values.map { ($0 * 0.125).tanh() }, u)
        func slope(_ tangents: [Tensor]) -> Tensor {
            trace.jacobianVectorProducts(of: [loss], withRespectTo: inputs, tangents: tangents)[0]
        }
        let gradients = trace.gradients(of: loss, withRespectTo: inputs)
        let product = trace.gradients(of: trace.scalarProduct(gradients, v), withRespectTo: inputs)
        let pushed = trace.jacobianVectorProducts(of: gradients, withRespectTo: inputs, tangents: v)
        let pulled = trace.gradients(of: slope(v), withRespectTo: inputs)
        for index in inputs.indices {
            compare("H v of input \(index), forward over reverse", pushed[index], product[index])
            compare("H v of input \(index), reverse over forward", pulled[index], product[index])
        }
        compare(
            "w · H v, forward over forward",
            trace.jacobianVectorProducts(of: [slope(v)], withRespectTo: inputs, tangents: w)[0],
            trace.scalarProduct(product, w))
    }

    private mutating func compare(_ label: String, _ first: Tensor, _ second: Tensor) {
        trace.output("first\(labels.count)", first)
        trace.output("second\(labels.count)", second)
        labels.append(label)
    }

    private func normals(like tensors: [Tensor], step: Int) -> [Tensor] {
        tensors.enumerated().map { index, tensor in
            let values = (0..<UInt32(tensor.shape.count)).map {
                Double(stream.normal(step: UInt64(step * 1000 + index), lane: $0))
            }
            return trace.constant(values, tensor.type)
        }
    }

    /// What a run of such a program says.
    static func comparisons(_ labels: [String], _ outputs: [[Double]]) -> [Comparison] {
        labels.enumerated().map {
            Comparison(label: $1, first: outputs[2 * $0], second: outputs[2 * $0 + 1])
        }
    }
}

extension TangentCheck {
    /// The comparisons for the values of a case, by its operands of float32 and float64.
    public static func comparisons(of opCase: OpCase, order: Order) throws -> [Comparison] {
        let layout = try opCase.layout()
        let (program, labels) = try program(opCase.name, order: order) { trace in
            let inputs = opCase.operands.enumerated().map { trace.input("operand\($0.offset)", $0.element.type) }
            let outputs = opCase.values(trace, inputs, layout)
            return (
                outputs.filter { $0.type.element.isDifferentiable }, inputs.filter { $0.type.element.isDifferentiable }
            )
        }
        var state = try opCase.makeState()
        return comparisons(
            labels, try ReferenceInterpreter(program).run(inputs: opCase.operandValues(), state: &state))
    }

    /// The comparisons for the outputs of a program, by its inputs and reads of state, of float32 and float64.
    public static func comparisons(of specimen: ProgramSpecimen, order: Order) throws -> [Comparison] {
        let draft = ProgramDraft(specimen.program)
        let (program, labels) = try program(specimen.program.name, order: order) { trace in
            let values = draft.values(in: trace)
            let outputs = draft.outputs.compactMap { values[$0.node] }.filter { $0.type.element.isDifferentiable }
            let inputs = draft.steps.indices.filter { isSource(draft.steps[$0]) }.compactMap { values[$0] }
            return (outputs, inputs)
        }
        var moved = specimen
        moved.program = program
        var state = specimen.initial
        return comparisons(labels, try ReferenceInterpreter(program).run(inputs: moved.inputValues, state: &state))
    }

    private static func isSource(_ step: ProgramDraft.Step) -> Bool {
        switch step.op {
        case .input, .read: return step.type.element.isDifferentiable
        case .constant, .unary, .binary, .select, .cast, .dot, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate, .reduce, .matmul, .gather, .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam,
            .softUpdate:
            return false
        }
    }
}
