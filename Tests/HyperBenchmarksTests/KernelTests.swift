import HyperCPU
import HyperReference
import HyperTensor
import Testing

@testable import HyperBenchmarks

@Suite struct KernelTests {
    @Test func everyLaunchOfEveryCaseStandsAlone() throws {
        let backend = try CPUBackend(threads: 1)
        for op in OpCase.all {
            let schedule = try Schedule(op.program())
            for (index, scheduled) in schedule.launches.enumerated() {
                let isolated = try IsolatedLaunch([scheduled], values: schedule.values)
                let place: Comment = "\(op), launch \(index) \(scheduled.launch.name)"
                #expect(isolated.layout.variables.count == isolated.contents.count, place)
                let same = isolated.schedule.launches[0].launch
                // Sizes, strides and the alignment of beginnings are kept; where an operand lies is not.
                let views = { (launch: Launch) in
                    (launch.reads + launch.writes).map {
                        View(offset: $0.view.offset % 16, shape: $0.view.shape, strides: $0.view.strides)
                    }
                }
                #expect(views(same) == views(scheduled.launch), place)
                #expect(same.name == scheduled.launch.name && same.revisions.count == scheduled.launch.revisions.count)
                let check = KernelCheck(isolated: isolated, launches: [scheduled.launch])
                #expect(try check.disagreements(on: backend).isEmpty, place)
            }
        }
    }

    /// Among many parameters a few have a second moment so small that their step is far larger than the error of a sum allows.
    @Test func aFoldedStepOfManyParametersAgrees() throws {
        var layout = StateLayout()
        func variables(_ name: String, _ shape: Shape) throws -> Arena {
            try layout.addArena(name, [("0", TensorType(.float32, shape))])
        }
        let (inputs, slopes) = (try variables("x", [2, 100, 256]), try variables("dz", [2, 100, 512]))
        let weights = try variables("w", [2, 256, 512])
        let (first, second) = (try variables("m", [2, 256, 512]), try variables("v", [2, 256, 512]))
        let program = try Program.trace("step") { trace in
            let (x, dz) = (trace.read(inputs.variables[0]), trace.read(slopes.variables[0]))
            trace.adam(
                weights, firstMoments: first, secondMoments: second, gradients: [x.matmul(dz, transposeLeft: true)],
                scale: trace.constant(0.01, [2]), beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
        }
        var target = ScheduleTarget()
        target.takesStep = { _ in true }
        let schedule = Schedule(program, for: target)
        let folded = try #require(schedule.launches.first { $0.launch.name == "matmul+adam" })
        let isolated = try IsolatedLaunch([folded], values: schedule.values)
        let check = KernelCheck(isolated: isolated, launches: [folded.launch])
        #expect(try check.disagreements(on: CPUBackend(threads: 2)).isEmpty)
    }

    @Test func stepsAreTakenApartAndSharesAddUp() throws {
        let backend = try CPUBackend(threads: 1)
        let roofline = try Roofline(backend: backend, pool: backend.pool, seconds: 0.2)
        let benchmark = KernelBenchmark(backend: backend, roofline: roofline, only: nil, secondsPerKernel: 0.001)
        let rows = try benchmark.stepRows(StepTests.agent)
        #expect(abs(rows.reduce(0) { $0 + $1.share } - 1) < 1e-6)
        #expect(rows.map(\.share) == rows.map(\.share).sorted(by: >))
        #expect(rows.allSatisfy { $0.problems.isEmpty && $0.timing != nil && $0.floor > 0 })
        #expect(rows.contains { $0.name == "adam" } && rows.contains { $0.name == "soft_update" })
        // One Adam of the critics in every step, one of the actor and two soft updates in every second.
        #expect(rows.filter { $0.name == "adam" }.reduce(0) { $0 + $1.countPerStep } == 1.5)
        #expect(rows.filter { $0.name == "soft_update" }.reduce(0) { $0 + $1.countPerStep } == 1)
        let report = KernelReport(roofline: roofline, rows: rows)
        #expect(report.wrong.isEmpty && report.json["kernels"]?.asArray?.count == rows.count)
        #expect(report.text.split(separator: "\n").count == rows.count + 3)
    }

    @Test func aWrongKernelIsReportedAndNotTimed() throws {
        let backend = WrongBackend(try CPUBackend(threads: 1))
        let roofline = try Roofline(backend: backend.base, pool: nil, seconds: 0.2)
        let rows = try KernelBenchmark(backend: backend, roofline: roofline, only: "tanh", secondsPerKernel: 0.001)
            .caseRows()
        #expect(!rows.isEmpty)
        #expect(rows.allSatisfy { !$0.problems.isEmpty && $0.timing == nil && $0.cells.last == "WRONG" })
        #expect(KernelReport(roofline: roofline, rows: rows).wrong.count == rows.count)
    }

    /// What decays reaches zero itself; without flushing, rounding would hold it at 4 ulp above.
    @Test(arguments: [1, 3]) func momentsWithoutAGradientBecomeZero(_ threads: Int) throws {
        let moments = try DecayingMoments(elements: 1 << 16, gradient: 0, on: CPUBackend(threads: threads))
        for _ in 0..<2000 { try moments.program.run() }
        #expect(try moments.firstMoments().allSatisfy { $0 == 0 })
        #expect(try moments.problems(after: 2000).isEmpty)
        #expect(try moments.problems(after: 1900).count == 1)
    }

    @Test func momentsAreCheckedAndTimed() throws {
        let backend = try CPUBackend(threads: 1)
        let roofline = try Roofline(backend: backend, pool: backend.pool, seconds: 0.2)
        func rows(_ only: String?) throws -> [KernelRow] {
            try KernelBenchmark(backend: backend, roofline: roofline, only: only, secondsPerKernel: 0.001).momentRows()
        }
        let all = try rows(nil)
        #expect(all.map(\.shape) == ["[65536] ordinary moments", "[65536] decayed moments"])
        #expect(all.allSatisfy { $0.name == "adam" && $0.problems.isEmpty && $0.timing != nil })
        #expect(all.allSatisfy { $0.cost == OpCost(flops: 13 << 16, bytes: 28 << 16) })
        #expect(try rows("decayed").map(\.shape) == ["[65536] decayed moments"] && rows("matmul").isEmpty)
    }

    @Test func costsCountWhatIsFusedAndEveryElementOnce() throws {
        var layout = StateLayout()
        let left = try layout.addVariable("left", TensorType(.float32, [5, 7]))
        let right = try layout.addVariable("right", TensorType(.float32, [7, 3]))
        let bias = try layout.addVariable("bias", TensorType(.float32, [1, 3]))
        let schedule = Schedule(
            try Program.trace("linear") { trace in
                let product = trace.read(left).matmul(trace.read(right))
                trace.output("y", (product + trace.read(bias).broadcast(to: [5, 3])).relu())
            })
        #expect(schedule.launches.count == 1)
        let cost = OpCost(of: schedule.launches[0].launch)
        #expect(cost == OpCost(flops: 5 * 3 * (2 * 7 + 2), bytes: 4 * (35 + 21 + 3 + 15)))
    }
}

/// A backend whose outputs are off by one.
private final class WrongBackend: Backend {
    let base: CPUBackend
    var device: DeviceDescription { base.device }

    init(_ base: CPUBackend) { self.base = base }

    func makeState(_ layout: StateLayout) throws -> any StateStore { try base.makeState(layout) }

    func schedule(_ program: Program, varying: Set<String>?) -> Schedule { base.schedule(program, varying: varying) }

    func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        WrongProgram(try base.compile(schedule, state: state))
    }
}

private final class WrongProgram: CompiledProgram {
    let base: any CompiledProgram
    var program: Program { base.program }

    init(_ base: any CompiledProgram) { self.base = base }

    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws { try base.setInput(index, bytes) }

    func run() throws { try base.run() }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try base.readOutput(index, into: bytes)
        for offset in stride(from: 0, to: bytes.count, by: 4) {
            bytes.storeBytes(
                of: bytes.load(fromByteOffset: offset, as: Float.self) + 1, toByteOffset: offset, as: Float.self)
        }
    }
}
