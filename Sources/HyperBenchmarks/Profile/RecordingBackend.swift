import HyperEnvironments
import HyperTensor

/// Another backend whose programs can be recorded while an agent uses them: agents need not know of profiles.
public final class RecordingBackend: Backend {
    public let base: any Backend
    public var device: DeviceDescription { base.device }
    /// Whether runs are timed launch by launch and kept in `runs`.
    public var isRecording = false
    /// What was recorded, in order.
    public private(set) var runs: [RecordedRun] = []

    public init(_ base: any Backend) { self.base = base }

    public func makeState(_ layout: StateLayout) throws -> any StateStore { try base.makeState(layout) }

    public func schedule(_ program: Program, varying: Set<String>?) -> Schedule {
        base.schedule(program, varying: varying)
    }

    /// - Throws: `BenchmarkError` if the backend cannot tell where its time goes.
    public func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        let compiled = try base.compile(schedule, state: state)
        guard let profiling = compiled as? any ProfilingProgram else {
            throw BenchmarkError("the \(device.backend) backend does not time its launches; use another one")
        }
        return RecordingProgram(profiling, backend: self)
    }

    /// Hands over what was recorded and begins anew.
    public func takeRuns() -> [RecordedRun] {
        defer { runs = [] }
        return runs
    }

    /// The runs of an agent's updates on made-up experience, launch by launch, after one period that is not kept.
    ///
    /// - Parameter periods: Whole policy periods to record.
    /// - Returns: The runs, and how many updates they are.
    static func updates(
        of description: BenchmarkAgent, periods: Int, on backend: any Backend
    ) throws -> (runs: [RecordedRun], steps: Int) {
        let recorder = RecordingBackend(backend)
        let benchmark = try description.makeBenchmark(recorder)
        let period = benchmark.period
        for _ in 0..<period { try benchmark.update() }
        recorder.isRecording = true
        for _ in 0..<periods * period { try benchmark.update() }
        return (recorder.takeRuns(), periods * period)
    }

    fileprivate func keep(_ run: RecordedRun) { runs.append(run) }
}

/// One run of a program with the times of its launches; seconds of `HostClock`.
public struct RecordedRun {
    public let program: any ProfilingProgram
    public let start: Double
    public let end: Double
    public let timings: [KernelTiming]
}

/// A program that is recorded while its backend says so.
private final class RecordingProgram: CompiledProgram {
    private let base: any ProfilingProgram
    private unowned let backend: RecordingBackend
    var program: Program { base.program }

    init(_ base: any ProfilingProgram, backend: RecordingBackend) {
        self.base = base
        self.backend = backend
    }

    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws { try base.setInput(index, bytes) }

    func run() throws {
        guard backend.isRecording else { return try base.run() }
        var timings: [KernelTiming] = []
        let start = HostClock.seconds
        try base.run(timings: &timings)
        backend.keep(RecordedRun(program: base, start: start, end: HostClock.seconds, timings: timings))
    }

    /// A profile has no use for half a run.
    func runPrepared() throws { backend.isRecording ? try run() : try base.runPrepared() }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try base.readOutput(index, into: bytes)
    }
}
