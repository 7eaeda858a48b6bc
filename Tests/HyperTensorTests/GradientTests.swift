import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

@Suite struct GradientTests {
    @Test(arguments: OpCase.differentiable) func gradientsHoldToFirstOrder(_ opCase: OpCase) throws {
        let comparison = try GradientCheck(.init(opCase)).firstOrder()
        #expect(comparison.error < 1e-8, "\(comparison)")
    }

    @Test(arguments: OpCase.differentiable) func gradientsHoldToSecondOrder(_ opCase: OpCase) throws {
        let comparison = try GradientCheck(.init(opCase)).secondOrder()
        #expect(comparison.error < 1e-8, "\(comparison)")
    }

    @Test func everyDifferentiableKindIsChecked() {
        let unchecked: Set<Op.Kind> = [
            .read, .stopGradient, .assign, .assignRows, .adam, .softUpdate, .random(.uniform), .random(.normal),
            .random(.integers),
        ]
        #expect(Set(OpCase.differentiable.map(\.kind)) == Set(Op.Kind.allCases).subtracting(unchecked))
    }

    /// Rules leave out the parts that nobody asked for; what is left must not change.
    @Test(arguments: OpCase.differentiable) func gradientsDoNotDependOnWhatElseIsWanted(_ opCase: OpCase) throws {
        let layout = try opCase.layout()
        let program = try Program.trace("wanted alone and together") { trace in
            let inputs = opCase.operands.enumerated().map { trace.input("x\($0.offset)", $0.element.type) }
            let floats = inputs.filter { $0.type.element.isDifferentiable }
            let value = opCase.values(trace, inputs, layout)[0].cast(to: .float32).exp()
            for (index, joint) in trace.gradients(of: value, withRespectTo: floats).enumerated() {
                trace.output("joint\(index)", joint)
                trace.output("alone\(index)", trace.gradients(of: value, withRespectTo: [floats[index]])[0])
            }
        }
        let outputs = try run(program, opCase.operandValues())
        for pair in stride(from: 0, to: outputs.count, by: 2) { #expect(outputs[pair] == outputs[pair + 1]) }
    }

    @Test func gradientStopsWhereItIsTold() throws {
        let program = try Program.trace("stop") { trace in
            let x = trace.input("x", TensorType(.float32, [3]))
            let y = x.stopGradient() * x
            trace.output("gradient", trace.gradients(of: y, withRespectTo: [x])[0])
        }
        #expect(try run(program, [[2, -3, 5]]) == [[2, -3, 5]])
    }

    @Test func unrelatedTargetsGetZeros() throws {
        let program = try Program.trace("unrelated") { trace in
            let x = trace.input("x", TensorType(.float32, [2]))
            let later = trace.input("y", TensorType(.float32, [2, 2]))
            let loss = x.square()
            let after = x.exp()
            let gradients = trace.gradients(of: loss, withRespectTo: [later, after, x])
            for (index, gradient) in gradients.enumerated() { trace.output("g\(index)", gradient) }
        }
        #expect(try run(program, [[3, 4], [1, 1, 1, 1]]) == [[0, 0, 0, 0], [0, 0], [6, 8]])
    }

    @Test func targetsMayLieOnThePathOfOthers() throws {
        let program = try Program.trace("path") { trace in
            let x = trace.input("x", TensorType(.float32, [2]))
            let middle = x.square()
            let loss = middle * x
            let gradients = trace.gradients(of: loss, withRespectTo: [x, middle, loss])
            for (index, gradient) in gradients.enumerated() { trace.output("g\(index)", gradient) }
        }
        #expect(try run(program, [[3, -2]]) == [[27, 12], [3, -2], [1, 1]])
    }

    @Test func upstreamWeighsEveryElement() throws {
        let program = try Program.trace("upstream") { trace in
            let x = trace.input("x", TensorType(.float32, [3]))
            let upstream = trace.input("upstream", TensorType(.float32, [3]))
            trace.output("g", trace.gradients(of: x.square(), withRespectTo: [x], upstream: upstream)[0])
        }
        #expect(try run(program, [[1, 2, 3], [10, 0, -1]]) == [[20, 0, -6]])
    }

    /// What a tie does is a choice; here it is the one that PyTorch makes for amax, and the left operand of a pair.
    @Test func tiesAreSharedByReductionsAndGoLeftInPairs() throws {
        let program = try Program.trace("ties") { trace in
            let x = trace.input("x", TensorType(.float32, [4]))
            let y = trace.input("y", TensorType(.float32, [4]))
            let pairs = x.maximum(y) + x.minimum(y) * 10
            let values = [x.maximum(axes: [0]), x.minimum(axes: [0]), pairs, x.relu()]
            for (index, value) in values.enumerated() {
                for (side, gradient) in trace.gradients(of: value, withRespectTo: [x, y]).enumerated() {
                    trace.output("g\(index).\(side)", gradient)
                }
            }
        }
        let outputs = try run(program, [[0, 2, 0, 2], [0, 1, 3, 2]])
        #expect(outputs[0] == [0, 0.5, 0, 0.5])
        #expect(outputs[2] == [0.5, 0, 0.5, 0])
        #expect(outputs[4] == [11, 1, 10, 11])
        #expect(outputs[5] == [0, 10, 1, 0])
        #expect(outputs[6] == [0, 1, 0, 1])
    }

    @Test func readsAreLeavesAcrossEffects() throws {
        var layout = StateLayout()
        let held = try layout.addVariable("held", TensorType(.float32, [2]))
        let program = try Program.trace("effects") { trace in
            let x = trace.input("x", TensorType(.float32, [2]))
            trace.assign(held, x.square())
            let value = trace.read(held) * x
            trace.output("g", trace.gradients(of: value, withRespectTo: [x])[0])
        }
        var state = ReferenceState(layout)
        #expect(try ReferenceInterpreter(program).run(inputs: [[3, 5]], state: &state) == [[9, 25]])
    }

    private func run(_ program: Program, _ inputs: [[Double]]) throws -> [[Double]] {
        var state = ReferenceState(StateLayout())
        return try ReferenceInterpreter(program).run(inputs: inputs, state: &state)
    }
}
