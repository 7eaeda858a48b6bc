import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// Forward mode against reverse mode and central differences, in double precision.
@Suite struct TangentTests {
    /// Ops whose value does not move with any operand.
    private static let flat: Set<Op.Kind> = [
        .read, .stopGradient, .assign, .assignRows, .adam, .softUpdate, .random(.uniform), .random(.normal),
        .random(.integers), .unary(.sign), .unary(.floor), .unary(.isFinite), .binary(.less), .binary(.lessOrEqual),
        .binary(.equal),
    ]

    /// Cases whose numbers are finite: smooth ones, ties, and ops without a derivative.
    static let cases = OpCase.all.filter {
        $0.isDifferentiable || flat.contains($0.kind) && !$0.name.contains("edges")
            || $0.name.contains("small integers") && $0.operands.allSatisfy { $0.type.element.isDifferentiable }
                && $0.kind != .binary(.divide)
    }

    @Test func everyKindIsChecked() {
        #expect(Set(Self.cases.map(\.kind)) == Set(Op.Kind.allCases))
        let smooth = Set(OpCase.differentiable.map(\.kind))
        #expect(smooth.union(Self.flat) == Set(Op.Kind.allCases))
    }

    @Test(arguments: cases) func tangentsAreTheTransposeOfGradients(_ opCase: OpCase) throws {
        let comparisons = try TangentCheck.comparisons(of: opCase, order: .first)
        for comparison in comparisons { #expect(comparison.error < 1e-12, "\(comparison)") }
        #expect(comparisons.contains(where: \.isSubstantial) != Self.flat.contains(opCase.kind))
    }

    @Test(arguments: OpCase.differentiable) func secondDerivativesAgreeInEveryOrder(_ opCase: OpCase) throws {
        let comparisons = try TangentCheck.comparisons(of: opCase, order: .second)
        for comparison in comparisons { #expect(comparison.error < 1e-11, "\(comparison)") }
        #expect(comparisons.contains(where: \.isSubstantial) != Self.flat.contains(opCase.kind))
    }

    /// Fourth-order central differences along one direction, element by element.
    @Test(arguments: OpCase.differentiable) func tangentsMatchDifferences(_ opCase: OpCase) throws {
        let layout = try opCase.layout()
        let program = try Program.trace("differences") { trace in
            let inputs = opCase.operands.enumerated().map { trace.input("x\($0.offset)", $0.element.type) }
            let floats = inputs.filter { $0.type.element.isDifferentiable }
            let tangents = floats.enumerated().map { trace.input("t\($0.offset)", $0.element.type) }
            let value = opCase.values(trace, inputs, layout)[0]
            trace.output("value", value)
            trace.output(
                "tangent",
                trace.jacobianVectorProducts(of: [value], withRespectTo: floats, tangents: tangents)[0])
        }
        let (start, end) = (opCase.operandValues(), opCase.operandValues(seed: 1))
        let isMoved = opCase.operands.map { $0.type.element.isDifferentiable }
        // Half of the values of another seed is a direction in which no case meets a kink.
        let direction = end.map { $0.map { $0 * 0.5 } }
        let directions = zip(direction, isMoved).filter(\.1).map(\.0)
        func outputs(_ distance: Double) throws -> [[Double]] {
            let moved = start.indices.map { index in
                isMoved[index] ? zip(start[index], direction[index]).map { $0 + distance * $1 } : start[index]
            }
            return try run(program, moved + directions)
        }
        let step = 0x1p-11
        let near = zip(try outputs(step)[0], try outputs(-step)[0]).map(-)
        let far = zip(try outputs(2 * step)[0], try outputs(-2 * step)[0]).map(-)
        let numeric = zip(near, far).map { (8 * $0 - $1) / (12 * step) }
        for (tangent, difference) in zip(try outputs(0)[1], numeric) {
            #expect((tangent - difference).magnitude < 1e-8 * max(1, difference.magnitude))
        }
    }

    // MARK: Random programs

    private static let seeds: [Range<UInt32>] = (0..<20).map { (piece: UInt32) in 20 * piece..<20 * piece + 20 }

    @Test(arguments: seeds) func randomProgramsAreTransposed(_ seeds: Range<UInt32>) throws {
        for seed in seeds {
            let specimen = try RandomProgram(seed: seed).specimen()
            for comparison in try TangentCheck.comparisons(of: specimen, order: .first) {
                #expect(comparison.error < 1e-12, "seed \(seed): \(comparison)")
            }
        }
    }

    @Test(arguments: seeds) func randomProgramsHaveOneHessian(_ seeds: Range<UInt32>) throws {
        for seed in seeds {
            let specimen = try RandomProgram(seed: seed).specimen()
            for comparison in try TangentCheck.comparisons(of: specimen, order: .second) {
                #expect(comparison.error < 1e-11, "seed \(seed): \(comparison)")
            }
        }
    }

    // MARK: Conventions

    /// The same choices as in reverse mode: `GradientTests` has them.
    @Test func tiesMoveByTheMeanInReductionsAndByTheLeftInPairs() throws {
        let program = try Program.trace("ties") { trace in
            let x = trace.input("x", TensorType(.float32, [4]))
            let y = trace.input("y", TensorType(.float32, [4]))
            let tangents = [
                trace.constant([1, 10, 100, 1000], x.type), trace.constant([-1, -2, -3, -4], y.type),
            ]
            let values = [x.maximum(axes: [0]), x.minimum(axes: [0]), x.maximum(y), x.minimum(y), x.relu()]
            let products = trace.jacobianVectorProducts(of: values, withRespectTo: [x, y], tangents: tangents)
            for (index, product) in products.enumerated() { trace.output("t\(index)", product) }
        }
        #expect(
            try run(program, [[0, 2, 0, 2], [0, 1, 3, 2]]) == [
                [505], [50.5], [1, 10, -3, 1000], [1, -2, 100, 1000], [0, 10, 0, 1000],
            ])
    }

    @Test func tangentsStopWhereTheyAreTold() throws {
        let program = try Program.trace("stop") { trace in
            let x = trace.input("x", TensorType(.float32, [3]))
            let tangent = trace.constant([1, 2, 3], x.type)
            let products = trace.jacobianVectorProducts(
                of: [x.stopGradient() * x, x.stopGradient().exp()], withRespectTo: [x], tangents: [tangent])
            for (index, product) in products.enumerated() { trace.output("t\(index)", product) }
        }
        #expect(try run(program, [[2, -3, 5]]) == [[2, -6, 15], [0, 0, 0]])
    }

    @Test func inputsMayLieOnThePathOfOthersAndStandTwice() throws {
        let program = try Program.trace("path") { trace in
            let x = trace.input("x", TensorType(.float32, [2]))
            let middle = x.square()
            let loss = middle * x
            let after = loss.exp()
            let tangents = [1.0, 10, 100, 1000, 3].map { trace.constant($0, [2]) }
            let products = trace.jacobianVectorProducts(
                of: [loss, middle, x], withRespectTo: [x, middle, loss, after, x], tangents: tangents)
            for (index, product) in products.enumerated() { trace.output("t\(index)", product) }
        }
        // 3x² (1 + 3) + x · 10 + 100, 2x (1 + 3) + 10, 1 + 3.
        #expect(try run(program, [[3, -2]]) == [[238, 128], [34, -6], [4, 4]])
    }

    @Test func readsAreLeavesAcrossEffects() throws {
        var layout = StateLayout()
        let held = try layout.addVariable("held", TensorType(.float32, [2]))
        let program = try Program.trace("effects") { trace in
            let x = trace.input("x", TensorType(.float32, [2]))
            trace.assign(held, x.square())
            let read = trace.read(held)
            let tangent = trace.constant(2, [2])
            func product(_ inputs: [Tensor]) -> Tensor {
                trace.jacobianVectorProducts(
                    of: [read * x], withRespectTo: inputs, tangents: inputs.map { _ in tangent })[0]
            }
            trace.output("x", product([x]))
            trace.output("read", product([read]))
        }
        var state = ReferenceState(layout)
        #expect(try ReferenceInterpreter(program).run(inputs: [[3, 5]], state: &state) == [[18, 50], [6, 10]])
    }

    // MARK: What is traced

    /// Values that do not move cost nothing, and what no output depends on is left alone.
    @Test func nothingIsTracedForWhatDoesNotMove() throws {
        #expect(try traced { x, y in [x.stopGradient().exp() + x.floor() * (x .< y)] } == [.constant])
        #expect(try traced { _, y in [y.exp().tanh()] } == [.constant])
        let unused = try traced { x, y in
            _ = x.exp().tanh()
            return [x + y]
        }
        #expect(unused == [])
        #expect(try traced { x, y in [(y + x.stopGradient()).matmul(x)] } == [.matmul])
        #expect(
            try traced { x, y in [Tensor.concatenate([y, x, y], axis: 0)] } == [.constant, .constant, .concatenate])
        #expect(try traced { x, y in [(x .< y).select(y, y) - x] } == [.unary(.negate)])
        #expect(try traced { x, y in [(y .< x).select(y, x)] } == [.constant, .select])
        #expect(try traced { _, _ in [] } == [])
    }

    /// The kinds of the nodes that the tangents of `body`, as its first tensor moves, add to a trace.
    private func traced(_ body: (Tensor, Tensor) -> [Tensor]) throws -> [Op.Kind] {
        // Programs keep what nothing uses, so the last node of the body can be marked by one.
        let mark = Op.constant(.fill(-77))
        let program = try Program.trace("count") { trace in
            let type = TensorType(.float32, [3, 3])
            let (x, y, tangent) = (trace.input("x", type), trace.input("y", type), trace.input("tangent", type))
            let values = body(x, y)
            _ = trace.constant(-77)
            _ = trace.jacobianVectorProducts(of: values, withRespectTo: [x], tangents: [tangent])
        }
        let start = try #require(program.nodes.firstIndex { $0.op == mark })
        return program.nodes[(start + 1)...].map(\.op.kind)
    }

    // MARK: Mistakes

    /// Each with the positions of outputs, inputs and tangents among tensors f32[3], i32[3] and f32[1, 3].
    @Test(arguments: [
        ([0], [0], [0, 0], "1 inputs take as many tangents, not 2"),
        ([0], [0], [2], "input 0 is f32[3], but its tangent f32[1, 3]"),
        ([0], [0, 0], [0, 1], "input 1 is f32[3], but its tangent i32[3]"),
        ([0], [1], [1], "input 0 is i32[3], expected f32 or f64"),
        ([0, 1], [0], [0], "output 1 is i32[3], expected f32 or f64"),
    ]) func mistakesAreToldWithTheirPlace(
        _ outputs: [Int], _ inputs: [Int], _ tangents: [Int], _ expected: String
    ) {
        let error = #expect(throws: TensorError.self) {
            try Program.trace("wrong") { trace in
                let types = [TensorType(.float32, [3]), TensorType(.int32, [3]), TensorType(.float32, [1, 3])]
                let given = types.enumerated().map { trace.input("\($0.offset)", $0.element) }
                let products = trace.jacobianVectorProducts(
                    of: outputs.map { given[$0] }, withRespectTo: inputs.map { given[$0] },
                    tangents: tangents.map { given[$0] }, file: "Here.swift", line: 7)
                #expect(products.map(\.shape) == outputs.map { given[$0].shape })
            }
        }
        #expect(
            error?.message == "program 'wrong': jacobianVectorProducts: \(expected), traced at Here.swift:7")
    }

    @Test func tensorsOfAnotherProgramAreRefused() throws {
        var stray: Tensor?
        _ = try Program.trace("first") { stray = $0.constant(1, [2]) }
        let foreign = try #require(stray)
        for position in 0..<3 {
            let error = #expect(throws: TensorError.self) {
                try Program.trace("second") { trace in
                    let x = trace.constant(1, [2])
                    func pick(_ index: Int) -> [Tensor] { [index == position ? foreign : x] }
                    _ = trace.jacobianVectorProducts(of: pick(0), withRespectTo: pick(1), tangents: pick(2))
                }
            }
            #expect(error?.message.contains("jacobianVectorProducts: a tensor belongs to another program") == true)
        }
    }

    private func run(_ program: Program, _ inputs: [[Double]]) throws -> [[Double]] {
        var state = ReferenceState(StateLayout())
        return try ReferenceInterpreter(program).run(inputs: inputs, state: &state)
    }
}
