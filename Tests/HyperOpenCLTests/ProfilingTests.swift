import HyperCPU
import HyperFormats
import HyperReference
import HyperTensor
import Testing

@testable import HyperBenchmarks
@testable import HyperOpenCL

extension OpenCLTests {
    @Suite struct ProfilingTests {
        /// x ← 2 x + 1, then a product of it: launches that must keep their order.
        private func compiled(on backend: OpenCLBackend) throws -> (
            program: OpenCLProgram, state: any StateStore, x: Variable
        ) {
            var layout = StateLayout()
            let x = try layout.addVariable("x", TensorType(.float32, [40, 40]))
            let state = try backend.makeState(layout)
            let program = try Program.trace("grow") { trace in
                let grown = trace.phase("grow") { trace.read(x) * 2 + 1 }
                trace.assign(x, grown)
                trace.phase("multiply") { trace.output("product", grown.matmul(grown)) }
            }
            return (try #require(try backend.compile(program, state: state) as? OpenCLProgram), state, x)
        }

        @Test func everyCallHasATimeInsideTheRunAndInOrder() throws {
            let (program, _, _) = try compiled(on: TestDevice.backend())
            let before = HostClock.seconds
            var timings: [KernelTiming] = []
            try program.run(timings: &timings)
            let after = HostClock.seconds
            #expect(timings.map(\.call) == Array(program.kernelCalls.indices))
            #expect(program.kernelCalls.flatMap(\.launches).count >= 2)
            var end = before
            for timing in timings {
                #expect(timing.queued >= before - 1e-6 && timing.queued <= timing.start && timing.start <= timing.end)
                #expect(timing.start >= end - 1e-6, "an in-order queue runs one call after the other")
                end = timing.end
            }
            #expect(end <= after + 1e-6)
            #expect(timings.contains { $0.seconds > 0 })
        }

        @Test func timedAndPlainRunsKeepTheirOrder() throws {
            let (program, state, x) = try compiled(on: TestDevice.backend())
            var expected: Float = 0
            var timings: [KernelTiming] = []
            for turn in 0..<12 {
                if turn % 3 == 1 { try program.run(timings: &timings) } else { try program.run() }
                expected = 2 * expected + 1
            }
            try program.finish()
            #expect(try state.floats(x).allSatisfy { $0 == expected })
            #expect(try program.output(0).allSatisfy { $0 == 40 * expected * expected })
        }

        /// A product that reads ReLU of its operands is taken apart with it and folded again: one call, and the right numbers.
        @Test func foldedActivationsStayFolded() throws {
            let backend = try TestDevice.backend()
            var layout = StateLayout()
            let x = try layout.addVariable("x", TensorType(.float32, [33, 20]))
            let weight = try layout.addVariable("weight", TensorType(.float32, [20, 31]))
            let program = try Program.trace("rectify") { trace in
                let hidden = trace.read(x) * 3
                trace.output("z", hidden.relu().matmul(trace.read(weight)))
                // The weight's gradient reads the same value, transposed.
                trace.output("g", hidden.relu().matmul(trace.read(x), transposeLeft: true))
                trace.output("h", hidden)
            }
            let schedule = backend.schedule(program, varying: nil)
            var folded = 0
            for scheduled in schedule.launches {
                guard case .matmul(var product) = scheduled.launch, product.rectifiesLeft else { continue }
                folded += 1
                let isolated = try IsolatedLaunch([scheduled], values: schedule.values)
                #expect(
                    try KernelCheck(isolated: isolated, launches: [scheduled.launch]).disagreements(on: backend) == [])
                // The check must be able to see that ReLU is missing.
                product.rectifiesLeft = false
                let plain = try IsolatedLaunch([ScheduledLaunch(.matmul(product))], values: schedule.values)
                #expect(AnyHashable(plain.signature) != AnyHashable(isolated.signature))
            }
            #expect(folded == 2)
        }

        /// Tables of whole numbers are taken apart like others, on both backends.
        @Test func launchesOnWholeNumbersStandAlone() throws {
            var layout = StateLayout()
            let table = try layout.addVariable("table", TensorType(.int32, [2, 9, 3]))
            let rows = try layout.addVariable("rows", TensorType(.int32, [2, 4]))
            let copy = try layout.addVariable("copy", TensorType(.int32, [2, 4, 3]))
            let program = try Program.trace("rows") { trace in
                let taken = trace.read(table).gather(trace.read(rows))
                trace.assign(copy, taken)
                trace.assignRows(table, taken, at: trace.read(rows))
            }
            let backends: [any Backend] = [try TestDevice.backend(), try CPUBackend(threads: 1)]
            for backend in backends {
                let compiled = try backend.compile(program, state: backend.makeState(layout))
                let profiling = try #require(compiled as? any ProfilingProgram)
                let benchmark = KernelBenchmark(
                    backend: backend, roofline: try SmallRoofline.on(backend), only: nil, secondsPerKernel: 0.001)
                for part in profiling.kernelCalls.flatMap(\.launches) {
                    let isolated = try IsolatedLaunch([part], values: profiling.values)
                    let check = KernelCheck(isolated: isolated, launches: [part.launch])
                    #expect(
                        try check.disagreements(on: backend) == [], "\(part.launch.name) on \(backend.device.backend)")
                    #expect(try benchmark.time(isolated).minimum > 0)
                }
            }
        }

        @Test func aStepTellsHostLaunchAndKernelTime() throws {
            let agent = try BenchmarkAgent(
                variants: ["critic": "mlp-standard"], environment: "Hopper-v2", replayRows: 200)
            let result = try StepBenchmark.run(agent, seconds: 0.05, backend: TestDevice.backend())
            let json = try JSONValue(parsing: Array(result.json.jsonText.utf8))
            let parts = try ["host", "launch", "kernel"].map { try #require(json["time"]?[$0]?.asDouble) }
            #expect(parts.allSatisfy { $0 > 0 })
            let phases = try #require(json["phases"]?.asObject).members.compactMap(\.value.asDouble)
            #expect(abs(parts.reduce(0, +) - phases.reduce(0, +)) < 1e-3)
            let launches = try #require(json["launches"]?.asObject).members.compactMap(\.value.asInt)
            #expect(launches.count == 2 && launches.allSatisfy { $0 > 10 && $0 < 95 })
            for title in ["HOST MS", "LAUNCH MS", "KERNEL MS"] { #expect(result.text.contains(title)) }
            // Every launch is in the trace, inside its run.
            let slices = try #require(ChromeTrace.json(result.runs, device: result.device)["traceEvents"]?.asArray)
                .filter { $0["ph"] == "X" }
            #expect(slices.count == result.runs.reduce(0) { $0 + 1 + $1.program.kernelCalls.count })
            var end = 0.0
            for slice in slices {
                let start = try #require(slice["ts"]?.asDouble), duration = try #require(slice["dur"]?.asDouble)
                if slice["cat"] == "program" { end = start + duration } else { #expect(start + duration <= end + 0.01) }
            }
        }

        @Test func everyKernelOfAStepIsCheckedAndTimed() throws {
            let backend = try TestDevice.backend()
            let rows = try KernelBenchmark(
                backend: backend, roofline: SmallRoofline.on(backend), only: "e", secondsPerKernel: 0.001
            ).stepRows(
                try BenchmarkAgent(variants: ["critic": "mlp-standard"], environment: "Hopper-v2", replayRows: 200))
            #expect(rows.allSatisfy { $0.problems.isEmpty && $0.timing != nil })
            #expect(rows.contains { $0.name == "soft_update" } && rows.contains { $0.name.hasPrefix("elementwise") })
            // Times of kernels leave out what launching takes, so nothing is bound by it.
            #expect(rows.allSatisfy { $0.bound != "launch" })
        }
    }
}

/// Ceilings without measuring for seconds what tests do not look at.
enum SmallRoofline {
    static func on(_ backend: any Backend) throws -> Roofline {
        try Roofline(backend: backend, products: [.init(batch: 1, m: 8, k: 8, n: 8, use: "small")], seconds: 0.01)
    }
}
