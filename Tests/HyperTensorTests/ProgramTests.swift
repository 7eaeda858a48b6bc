import HyperReference
import HyperTensor
import Testing

@Suite struct ProgramTests {
    @Test func printsOneLineForEachNode() throws {
        var layout = StateLayout()
        let weight = try layout.addVariable("weight", TensorType(.float32, [3, 2]))
        let program = try Program.trace("layer") { trace in
            let x = trace.input("x", TensorType(.float32, [4, 3]))
            let y = trace.phase("critic") {
                trace.phase("forward") { x.matmul(trace.read(weight)) }
            }
            trace.assign(weight, trace.read(weight) * 2)
            trace.output("y", y)
        }
        #expect(
            "\(program)" == """
                program layer
                  %0 f32[4, 3] = input x()
                  %1 f32[3, 2] = read weight()  # critic/forward
                  %2 f32[4, 2] = matmul(%0, %1)  # critic/forward
                  %3 f32[3, 2] = read weight()
                  %4 f32[3, 2] = constant 2.0()
                  %5 f32[3, 2] = multiply(%3, %4)
                  assign weight(%5)
                  output y = %2
                """)
        #expect(program.variables == [weight])
        #expect(program.inputIndex("x") == 0 && program.inputIndex("y") == nil)
        #expect(program.outputIndex("y") == 0 && program.outputIndex("x") == nil)
    }

    @Test func variablesOfEffectsAreListed() throws {
        var layout = StateLayout()
        let parameters = try layout.addArena("p", [("x", TensorType(.float32, [2]))])
        let first = try layout.addArena("m", like: parameters)
        let second = try layout.addArena("v", like: parameters)
        let target = try layout.addArena("t", like: parameters)
        let program = try Program.trace("step") { trace in
            trace.adam(
                parameters, firstMoments: first, secondMoments: second, gradients: [trace.constant(1, [2])],
                scale: trace.constant(1, [2]))
            trace.softUpdate(target, from: parameters, rate: 0.1)
        }
        #expect(Set(program.variables) == Set(layout.variables))
        #expect(program.variables.count == 4)
    }

    @Test func composedFunctionsAreWhatTheySay() throws {
        let program = try Program.trace("composed") { trace in
            let x = trace.input("x", TensorType(.float32, [4]))
            trace.output("clamped", x.clamped(to: -1...2))
            trace.output("mean", x.mean(axes: [0]))
            trace.output("expanded", x.expanded(at: 0) + x.reshaped(to: [1, 4]))
            trace.output("numbers", 1 + (2 * x - 3) / 4)
            trace.output("at most", x .<= trace.constant(1, [4]))
        }
        var state = ReferenceState(StateLayout())
        let outputs = try ReferenceInterpreter(program).run(inputs: [[-3, 0, 1, 6]], state: &state)
        #expect(outputs[0] == [-1, 0, 1, 2])
        #expect(outputs[1] == [1])
        #expect(outputs[2] == [-6, 0, 2, 12])
        #expect(outputs[3] == [-1.25, 0.25, 0.75, 3.25])
        #expect(outputs[4] == [1, 1, 1, 0])
    }
}
