import HyperCPU
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// Programs that are prepared once and run many times with other values of some inputs.
@Suite struct PreparedProgramTests {
    private static func program(_ layout: inout StateLayout) throws -> Program {
        let weight = try layout.addVariable("weight", TensorType(.float32, [30, 30]))
        let count = try layout.addVariable("count", TensorType(.float32, [1]))
        return try Program.trace("prepared") { trace in
            let (x, v) = (
                trace.input("x", TensorType(.float32, [30, 30])), trace.input("v", TensorType(.float32, [30, 1]))
            )
            let fixed = x.matmul(trace.read(weight)).tanh().matmul(x)
            trace.output("fixed", fixed.sum(axes: [0, 1]))
            let counted = trace.read(count) + 1
            trace.assign(count, counted)
            trace.output("product", fixed.matmul(v) * counted.reshaped(to: [1, 1]).broadcast(to: [30, 1]))
        }
    }

    private static func numbers(_ count: Int, _ seed: Int) -> [Float] {
        (0..<count).map { Float(($0 * 37 + seed * 29) % 101) / 256 - 0.2 }
    }

    @Test func whatIsFixedIsComputedOnce() throws {
        var layout = StateLayout()
        let program = try Self.program(&layout)
        let backend = try CPUBackend(threads: 2)
        let schedule = backend.schedule(program, varying: ["v"])
        let prepared = schedule.groupedLaunches.prefix(schedule.preparedGroups).joined().map(\.launch.name)
        #expect(
            prepared.filter { $0.hasPrefix("matmul") }.count == 2 && schedule.preparedGroups < schedule.groups.count)
        #expect(backend.schedule(program, varying: nil).preparedGroups == 0)

        var results: [[[Float]]] = []
        for varying in [["v"], nil] as [Set<String>?] {
            let state = try backend.makeState(layout)
            try state.write(Self.numbers(900, 1), to: layout.variables[0])
            let compiled =
                try varying.map { try backend.compile(program, state: state, varying: $0) }
                ?? backend.compile(program, state: state)
            try compiled.setInput(0, Self.numbers(900, 2))
            var outputs: [[Float]] = []
            for run in 0..<4 {
                try compiled.setInput(1, Self.numbers(30, 3 + run))
                if run == 0 { try compiled.run() } else { try compiled.runPrepared() }
                outputs += [try compiled.output(0), try compiled.output(1), try state.floats(layout.variables[1])]
            }
            results.append(outputs)
        }
        let isSame = results[0] == results[1]
        #expect(isSame && results[0][11] == [4])
    }

    @Test func mistakesAreTold() throws {
        var layout = StateLayout()
        let program = try Self.program(&layout)
        for backend in [try CPUBackend(threads: 1), ReferenceBackend()] as [any Backend] {
            let state = try backend.makeState(layout)
            #expect(throws: TensorError.self) { try backend.compile(program, state: state, varying: ["w"]) }
            let compiled = try backend.compile(program, state: state, varying: ["v"])
            #expect(throws: TensorError.self) { try compiled.runPrepared() }
        }
    }

    /// A second run that computes only what depends on every other input gives what a whole one gives.
    @Test(arguments: 0..<10) func preparedRandomProgramsAgreeWithReference(_ piece: Int) throws {
        let backend = try CPUBackend(threads: 1 + piece % 2)
        var prepared = 0
        for seed in UInt32(piece * 30)..<UInt32(piece * 30 + 30) {
            let specimen = try RandomProgram(seed: seed).specimen()
            let names = specimen.program.inputs.map(\.name)
            let varying = Set(names.indices.filter { ($0 + Int(seed)) % 2 == 0 }.map { names[$0] })
            prepared += backend.schedule(specimen.program, varying: varying).preparedGroups
            let found = try ProgramCheck.backend(backend, varying: varying).disagreements(specimen)
            #expect(found.isEmpty, "seed \(seed), \(varying.sorted()): \(found)")
        }
        #expect(prepared > 60)
    }
}
