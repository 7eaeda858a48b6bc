import HyperReference
import HyperTensor
import Testing

@Suite struct EffectTests {
    @Test func readsSeeTheAssignsBeforeThem() throws {
        var layout = StateLayout()
        let count = try layout.addVariable("count", TensorType(.float32, [2]))
        let program = try Program.trace("count") { trace in
            let before = trace.read(count)
            trace.assign(count, before + 1)
            trace.output("before", before)
            trace.output("between", trace.read(count))
            trace.assign(count, trace.read(count) * 10)
        }
        var state = ReferenceState(layout)
        let interpreter = ReferenceInterpreter(program)
        #expect(try interpreter.run(inputs: [], state: &state) == [[0, 0], [1, 1]])
        #expect(try interpreter.run(inputs: [], state: &state) == [[10, 10], [11, 11]])
        #expect(try state.values(of: count) == [110, 110])
    }

    @Test func assignRowsSkipsWhatLiesOutside() throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [2, 3, 1]))
        let program = try Program.trace("rows") { trace in
            let rows = trace.input("rows", TensorType(.float32, [2, 2, 1]))
            trace.assignRows(table, rows, at: trace.input("at", TensorType(.int32, [2, 2])))
        }
        var state = ReferenceState(layout)
        _ = try ReferenceInterpreter(program).run(inputs: [[1, 2, 3, 4], [2, 3, -1, 0]], state: &state)
        #expect(try state.values(of: table) == [0, 0, 1, 4, 0, 0])
    }

    /// Two steps worked out with the formulas of Kingma & Ba 2015, Algorithm 1.
    @Test func adamFollowsItsPaper() throws {
        var layout = StateLayout()
        let type = TensorType(.float32, [2])
        let parameters = try layout.addArena("parameter", [("x", type)])
        let first = try layout.addArena("first", like: parameters)
        let second = try layout.addArena("second", like: parameters)
        let program = try Program.trace("adam") { trace in
            trace.adam(
                parameters, firstMoments: first, secondMoments: second, gradients: [trace.input("g", type)],
                scale: trace.input("scale", TensorType(.float32, [2])))
        }
        var state = ReferenceState(layout)
        try state.set(parameters.variables[0], to: [1, -1])
        let interpreter = ReferenceInterpreter(program)
        func step(_ gradients: [Double], _ t: Int) throws {
            let (first, second) = (1 - power(0.9, t), 1 - power(0.999, t))
            _ = try interpreter.run(inputs: [gradients, [0.1 / first, 1 / second.squareRoot()]], state: &state)
        }
        try step([0.5, -2], 1)
        // The first step moves by the learning rate against the sign, whatever the gradient.
        #expect(isClose(try state.values(of: parameters.variables[0]), [1 - 0.1 / (1 + 2e-8), -1 + 0.1 / (1 + 5e-9)]))
        #expect(isClose(try state.values(of: first.variables[0]), [0.05, -0.2]))
        #expect(isClose(try state.values(of: second.variables[0]), [0.00025, 0.004]))
        try step([0.5, 0], 2)
        #expect(isClose(try state.values(of: first.variables[0]), [0.095, -0.18]))
        #expect(isClose(try state.values(of: second.variables[0]), [0.00049975, 0.003996]))
        let slope = (0.003996 / 0.001999).squareRoot()
        let expected = [
            1 - 0.1 / (1 + 2e-8) - 0.1 / (1 + 2e-8), -1 + 0.1 / (1 + 5e-9) + 0.1 * (0.18 / 0.19) / (slope + 1e-8),
        ]
        #expect(isClose(try state.values(of: parameters.variables[0]), expected))
    }

    @Test func softUpdateMovesByTheRate() throws {
        var layout = StateLayout()
        let source = try layout.addArena(
            "source", [("x", TensorType(.float32, [2])), ("y", TensorType(.float32, [1]))])
        let target = try layout.addArena("target", like: source)
        let program = try Program.trace("soft") { $0.softUpdate(target, from: source, rate: 0.005) }
        var state = ReferenceState(layout)
        try state.set(source.variables[0], to: [200, -200])
        try state.set(source.variables[1], to: [1000])
        try state.set(target.variables[1], to: [3000])
        _ = try ReferenceInterpreter(program).run(inputs: [], state: &state)
        #expect(isClose(try state.values(of: target.variables[0]), [1, -1]))
        #expect(isClose(try state.values(of: target.variables[1]), [2990]))
        #expect(try state.values(of: source.variables[1]) == [1000])
    }

    private func power(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { x, _ in x * base } }

    private func isClose(_ got: [Double], _ expected: [Double]) -> Bool {
        got.count == expected.count && zip(got, expected).allSatisfy { ($0 - $1).magnitude <= 1e-14 * $1.magnitude }
    }
}
