import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// Simplification and scheduling must not change what a program computes.
@Suite struct LoweringTests {
    @Test(arguments: OpCase.all) func loweredCasesKeepTheirMeaning(_ opCase: OpCase) throws {
        try expectSameMeaning(opCase.program(), opCase.operandValues(), opCase.makeState(), opCase.layout())
    }

    @Test(arguments: 0..<300) func loweredRandomProgramsKeepTheirMeaning(_ seed: Int) throws {
        let random = try RandomProgram(seed: UInt32(seed))
        try expectSameMeaning(random.program, random.inputs, random.makeState(), random.layout)
    }

    /// Runs the program, its simplified form and its schedule twice each and compares all outputs and variables.
    private func expectSameMeaning(
        _ program: Program, _ inputs: [[Double]], _ initial: ReferenceState, _ layout: StateLayout
    ) throws {
        let simplified = program.simplified()
        let schedule = Schedule(program)
        var (plain, short, lowered) = (initial, initial, initial)
        for _ in 0..<2 {
            let expected = try ReferenceInterpreter(program).run(inputs: inputs, state: &plain)
            let merged = try ReferenceInterpreter(simplified).run(inputs: inputs, state: &short)
            let scheduled = try ScheduleInterpreter(schedule).run(inputs: inputs, state: &lowered)
            for (index, values) in expected.enumerated() {
                let name = program.outputs[index].name
                #expect(agrees(merged[index], values), "simplified output \(name)\n\(program)\n\(simplified)")
                #expect(agrees(scheduled[index], values), "scheduled output \(name)\n\(program)\n\(schedule)")
            }
            for variable in layout.variables {
                let values = try plain.values(of: variable)
                #expect(agrees(try short.values(of: variable), values), "simplified \(variable)\n\(program)")
                #expect(
                    agrees(try lowered.values(of: variable), values), "scheduled \(variable)\n\(program)\n\(schedule)")
            }
        }
    }

    private func agrees(_ got: [Double], _ expected: [Double]) -> Bool {
        got.count == expected.count
            && zip(got, expected).allSatisfy { got, expected in
                if got == expected || (got.isNaN && expected.isNaN) { return true }
                return (got - expected).magnitude <= 1e-12 * max(1, expected.magnitude)
            }
    }

    @Test func equalNodesMergeAndUnusedOnesGo() throws {
        let program = try Program.trace("merge") { trace in
            let x = trace.input("x", TensorType(.float32, [3]))
            let first = trace.phase("left") { x.exp() }
            let second = trace.phase("right") { x.exp() }
            _ = x.tanh()
            trace.output("y", first + second)
        }
        let simplified = program.simplified()
        #expect(simplified.nodes.map(\.op) == [.input(name: "x"), .unary(.exp), .binary(.add)])
        #expect(simplified.nodes[1].phases == ["left", "right"])
        #expect(simplified.nodes[2].operands == [1, 1])
    }

    @Test func readsAcrossAChangeStayApart() throws {
        var layout = StateLayout()
        let held = try layout.addVariable("held", TensorType(.float32, [3]))
        let program = try Program.trace("reads") { trace in
            let (first, again) = (trace.read(held), trace.read(held))
            trace.assign(held, first + again)
            trace.output("y", trace.read(held))
        }
        let reads = program.simplified().nodes.filter { $0.op == .read(held) }
        #expect(reads.count == 2)
    }

    @Test func constantsFoldAndNeutralOpsVanish() throws {
        let program = try Program.trace("fold") { trace in
            let x = trace.input("x", TensorType(.float32, [2, 3]))
            let two = (trace.constant(1, [1, 3]).broadcast(to: [2, 3]) + 1).sum(axes: [0]).broadcast(to: [2, 3]) / 2
            trace.output("y", ((x * 1 + 0) / 1 - 0).stopGradient() * two)
        }
        #expect(program.simplified().nodes.map(\.op) == [.input(name: "x"), .constant(.fill(2)), .binary(.multiply)])
    }

    /// Copies alone would make every schedule right, so the point of it is held here: one launch for a whole layer.
    @Test func aLayerIsOneLaunch() throws {
        var layout = StateLayout()
        let arena = try layout.addArena(
            "layer", [("weight", TensorType(.float32, [2, 6, 5])), ("bias", TensorType(.float32, [2, 5]))])
        let program = try Program.trace("layer") { trace in
            let x = trace.input("x", TensorType(.float32, [4, 2, 6]))
            let bias = trace.read(arena.variables[1]).reshaped(to: [2, 1, 5]).broadcast(to: [2, 4, 5])
            let product = x.transposed([1, 0, 2]).matmul(trace.read(arena.variables[0]))
            trace.output("y", (product + bias).relu())
        }
        let schedule = Schedule(program)
        #expect(schedule.launches.map(\.launch.name) == ["matmul+epilogue"])
        #expect(schedule.scratchCount == 64)
    }

    @Test func scratchIsShared() throws {
        let program = try Program.trace("chain") { trace in
            var x = trace.input("x", TensorType(.float32, [64, 64]))
            for _ in 0..<6 { x = x.matmul(x) }
            trace.output("y", x)
        }
        #expect(Schedule(program).scratchCount == 2 * 64 * 64)
    }
}
