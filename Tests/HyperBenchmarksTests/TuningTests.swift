import Glibc
import HyperCPU
import HyperTensor
import Testing

@testable import HyperBenchmarks

@Suite struct TuningTests {
    @Test func callsAreDividedWhereTheFastestCandidateChanges() {
        // "small" is fast up to size 20, "large" from 100 on; in between nothing was measured.
        let classes = SizeClasses(
            sizes: [100, 10, 20, 400], weights: [1, 2, 1, 1],
            seconds: [("small", [9, 1, 1, 40]), ("large", [3, 4, 4, 8]), ("even", [5, 2, 2, 20])], most: 3)
        #expect(classes.classes.map(\.candidate) == ["small", "large"])
        #expect(classes.classes.map(\.largestSize) == [60, nil])
        #expect(classes.secondsPerStep == 2 * 1 + 1 + 3 + 8)
    }

    @Test func aClassThatSavesNothingIsNotMade() {
        let one = SizeClasses(
            sizes: [1, 2], weights: [1, 1], seconds: [("a", [1, 1]), ("b", [0.999, 1.5])], most: 2, gain: 0.01)
        #expect(one.classes.map(\.candidate) == ["a"] && one.classes[0].largestSize == nil)
        let two = SizeClasses(
            sizes: [1, 2], weights: [1, 1], seconds: [("a", [1, 1]), ("b", [0.999, 1.5])], most: 2, gain: 0)
        #expect(two.classes.map(\.candidate) == ["b", "a"])
        #expect(
            SizeClasses(
                sizes: [5, 6, 7], weights: [1, 1, 1],
                seconds: [("a", [1, 5, 5]), ("b", [5, 1, 5]), ("c", [5, 5, 1])], most: 2
            )
            .classes.count == 2)
    }

    private static var agent: BenchmarkAgent {
        get throws {
            try BenchmarkAgent(variants: ["critic": "mlp-standard"], environment: "Hopper-v2", replayRows: 200)
        }
    }

    /// What a candidate of these tests does.
    private enum Behaviour: String, CaseIterable { case right, slow, wrong, refused, deadly }

    private func tuner(alive: @escaping () -> Bool = { true }) throws -> CallTuner<Behaviour> {
        let backend = try CPUBackend(threads: 1)
        let calls = try TunableCall.calls(
            of: [Self.agent], on: backend, kernels: { $0 == "soft_update" || $0 == "matmul" })
        return CallTuner(
            calls: calls, secondsPerCall: 0.0005,
            makeBackend: { behaviour in
                switch behaviour {
                case .right: return backend
                case .slow:
                    return AlteredBackend(backend) {
                        try $0.run()
                        usleep(2000)
                    }
                case .wrong: return AlteredBackend(backend, error: 1)
                case .refused, .deadly: throw BenchmarkError("too many work-items")
                }
            }, isDeviceAlive: alive)
    }

    @Test func callsOfAStepStandAloneAndAreCounted() throws {
        let calls = try tuner().calls
        #expect(calls.contains { $0.kernel == "soft_update" } && calls.contains { $0.kernel == "matmul" })
        // The actor's and the critics' soft updates, each in every second step.
        #expect(calls.filter { $0.kernel == "soft_update" }.reduce(0) { $0 + $1.countPerStep } == 1)
        #expect(calls.allSatisfy { $0.outputs > 0 && !$0.shape.isEmpty })
        let backend = try CPUBackend(threads: 1)
        for call in calls {
            #expect(try call.disagreements(on: backend) == [])
            #expect(try call.disagreements(on: AlteredBackend(backend, error: 1)) != [])
        }
    }

    @Test func wrongAndRefusedCandidatesAreToldAndNeverChosen() throws {
        var tuner = try tuner()
        for candidate in [Behaviour.wrong, .refused, .slow, .right, .right] { try tuner.measure(candidate) }
        #expect(tuner.trials.map(\.candidate) == [.wrong, .refused, .slow, .right])
        guard case .wrong(let problems) = tuner.trials[0].outcome, case .failed(let reason) = tuner.trials[1].outcome
        else {
            Issue.record("\(tuner.trials)")
            return
        }
        #expect(problems.first?.contains("elements are off") == true && reason == "too many work-items")
        #expect(tuner.usable.map(\.candidate) == [.slow, .right] && tuner.best == .right)
        #expect(tuner.ranking(of: 0).count == 2)
    }

    @Test func aLostDeviceEndsTheSearchAndKeepsWhatWasMeasured() throws {
        var tuner = try tuner(alive: { false })
        try tuner.measure(.right)
        let error = #expect(throws: DeviceLost.self) { try tuner.measure(.deadly) }
        #expect(error?.measured == 1)
        #expect(error?.description == "the device was lost after 1 candidates: too many work-items")
        #expect(tuner.usable.map(\.candidate) == [.right])
    }
}

/// A CPU backend whose programs run differently, or whose outputs are off.
private final class AlteredBackend: Backend {
    private let base: CPUBackend
    private let error: Float
    private let run: (any CompiledProgram) throws -> Void
    var device: DeviceDescription { base.device }

    init(_ base: CPUBackend, error: Float = 0, run: @escaping (any CompiledProgram) throws -> Void = { try $0.run() }) {
        self.base = base
        self.error = error
        self.run = run
    }

    func makeState(_ layout: StateLayout) throws -> any StateStore {
        AlteredState(try base.makeState(layout), error: error)
    }

    func schedule(_ program: Program, varying: Set<String>?) -> Schedule { base.schedule(program, varying: varying) }

    func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        let state = (state as? AlteredState)?.base ?? state
        return AlteredProgram(try base.compile(schedule, state: state), error: error, run: run)
    }
}

private final class AlteredState: StateStore {
    let base: any StateStore
    private let error: Float
    var layout: StateLayout { base.layout }

    init(_ base: any StateStore, error: Float) {
        self.base = base
        self.error = error
    }

    func read(_ variable: Variable, elements: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.read(variable, elements: elements, into: destination)
        if variable.type.element == .float32 { destination.add(error) }
    }

    func write(_ variable: Variable, elements: Range<Int>, from source: UnsafeRawBufferPointer) throws {
        try base.write(variable, elements: elements, from: source)
    }
}

private final class AlteredProgram: CompiledProgram {
    private let base: any CompiledProgram
    private let error: Float
    private let body: (any CompiledProgram) throws -> Void
    var program: Program { base.program }

    init(_ base: any CompiledProgram, error: Float, run: @escaping (any CompiledProgram) throws -> Void) {
        self.base = base
        self.error = error
        body = run
    }

    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws { try base.setInput(index, bytes) }

    func run() throws { try body(base) }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try base.readOutput(index, into: bytes)
        bytes.add(error)
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func add(_ error: Float) {
        for offset in stride(from: 0, to: count, by: 4) {
            storeBytes(
                of: loadUnaligned(fromByteOffset: offset, as: Float.self) + error, toByteOffset: offset, as: Float.self)
        }
    }
}
