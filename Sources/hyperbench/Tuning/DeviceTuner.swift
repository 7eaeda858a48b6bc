import HyperBenchmarks
import HyperCommandLine
import HyperOpenCL
import HyperTensor

/// Searches the sizes of kernels that are fastest on a device for the steps of real agents.
///
/// Three searches, one after the other, because they hardly touch each other: tilings of matmul, by call; groups of the other kernels;
/// when a product is cut over k. Every candidate's results are compared with double precision before it is timed.
struct DeviceTuner {
    let device: OpenCLDevice
    let agents: [BenchmarkAgent]
    /// To time a call with a candidate.
    let secondsPerCall: Double
    /// When to begin no more candidates, whatever is left.
    private let deadlines: Deadlines
    /// Begins a search of so many candidates and gives what is to be told after each.
    let begin: (_ title: String, _ count: Int) -> (_ done: Int) -> Void

    private(set) var report: TuningReport

    /// Tilings whose neighbours are tried, for each call.
    private static let survivors = 2
    /// Of the time of the kernels besides matmul, the share that is looked at.
    private static let share = 0.95
    /// Classes of matmul calls at most.
    private static let classes = 3

    /// By when each search must be through its candidates, so that a search that is cut short leaves time for the next one.
    private struct Deadlines {
        private let start = ContinuousClock.now
        /// For all searches; nil if there is no limit.
        let seconds: Double?

        /// Whether a search that may use the time up to this share of the limit must end.
        func arePast(_ share: Double) -> Bool {
            guard let seconds else { return false }
            return start.duration(to: .now) > .seconds(share * seconds)
        }
    }

    init(
        device: OpenCLDevice, agents: [BenchmarkAgent], secondsPerCall: Double, limit: Double?,
        begin: @escaping (_ title: String, _ count: Int) -> (_ done: Int) -> Void
    ) {
        self.device = device
        self.agents = agents
        self.secondsPerCall = secondsPerCall
        deadlines = Deadlines(seconds: limit)
        self.begin = begin
        report = TuningReport(device: device)
    }

    /// Fills `report`, whose `chosen` sizes are the result.
    ///
    /// - Throws: `DeviceLost`; what was measured before is in `report`.
    mutating func search() throws {
        let start = KernelTuning(for: device)
        var tuning = start
        tuning.tilings = try tilings(from: start)
        tuning = try groups(from: tuning)
        try compareSteps([start] + TuningCandidates.splits(tuning))
    }

    // MARK: Searches

    private mutating func tilings(from start: KernelTuning) throws -> [MatmulTiling] {
        let calls = try calls(with: start) { $0 == "matmul" }
        var tuner = CallTuner<[MatmulTiling]>(
            calls: calls, secondsPerCall: secondsPerCall,
            makeBackend: { [device] in
                var tuning = start
                tuning.tilings = $0
                return try OpenCLBackend(device, tuning: tuning)
            }, isDeviceAlive: isAlive)
        defer { report.addTilings(tuner) }
        // What is used today, so that nothing worse is chosen; then the shapes of tiles; then what lies beside the best.
        try measure(
            [start.tilings] + TuningCandidates.tiles(on: device).map { [$0] }, "tiles of matmul", until: 0.45,
            with: &tuner)
        let best = Set(calls.indices.flatMap { tuner.ranking(of: $0).filter { $0.count == 1 }.prefix(Self.survivors) })
        try measure(
            best.sorted { $0[0].text < $1[0].text }.flatMap { tilings in
                TuningCandidates.neighbours(of: tilings[0], on: device).map { [$0] }
            }, "depths and slices of matmul", until: 0.65, with: &tuner)

        let single = tuner.usable.filter { $0.candidate.count == 1 }
        guard !single.isEmpty else { return start.tilings }
        let classes = SizeClasses(
            sizes: calls.map(\.outputs), weights: calls.map(\.countPerStep),
            seconds: single.map { ($0.candidate[0], $0.seconds) }, most: Self.classes)
        let today = tuner.usable.first { $0.candidate == start.tilings }.map { tuner.secondsPerStep($0.seconds) }
        if let today, today <= classes.secondsPerStep { return start.tilings }
        return classes.classes.map { tiling, limit in
            var tiling = tiling
            tiling.maximumOutputs = limit
            return tiling
        }
    }

    private mutating func groups(from tuning: KernelTuning) throws -> KernelTuning {
        let calls = try calls(with: tuning) { $0 != "matmul" }
        var tuner = CallTuner<KernelTuning>(
            calls: calls, secondsPerCall: secondsPerCall,
            makeBackend: { [device] in try OpenCLBackend(device, tuning: $0) }, isDeviceAlive: isAlive)
        defer { report.addGroups(tuner) }
        try measure(
            [tuning] + TuningCandidates.groups(tuning, on: device), "groups of other kernels", until: 0.75, with: &tuner
        )
        return tuner.best ?? tuning
    }

    /// Times whole steps, the first candidate being what is used without a table, and chooses among those with right results.
    private mutating func compareSteps(_ candidates: [KernelTuning]) throws {
        let advance = begin("whole steps", candidates.count * agents.count)
        var done = 0
        for (index, tuning) in candidates.enumerated() {
            // What is used today and what was found are measured in any case; only how to cut over k is left to time.
            if index > 1, deadlines.arePast(0.9) {
                report.leftOut += candidates.count - index
                advance(candidates.count * agents.count)
                return
            }
            var outcome = TuningReport.Steps(tuning: tuning)
            do {
                let backend = try OpenCLBackend(device, tuning: tuning)
                for call in try TunableCall.calls(of: agents, on: backend, kernels: { _ in true }, epilogues: true)
                where outcome.problems.isEmpty {
                    outcome.problems += try call.disagreements(on: backend)
                }
                for agent in agents where outcome.problems.isEmpty {
                    outcome.seconds.append(
                        try StepBenchmark.run(agent, seconds: 20 * secondsPerCall, backend: backend).step.median)
                    done += 1
                    advance(done)
                }
            } catch {
                guard isAlive() else { throw lost("\(error)") }
                outcome.problems = ["\(error)"]
            }
            report.steps.append(outcome)
        }
    }

    // MARK: Parts

    private func calls(with tuning: KernelTuning, _ kernels: (String) -> Bool) throws -> [TunableCall] {
        do {
            let backend = try OpenCLBackend(device, tuning: tuning)
            return try TunableCall.calls(of: agents, on: backend, kernels: kernels, share: Self.share)
        } catch {
            guard isAlive() else { throw lost("\(error)") }
            throw error
        }
    }

    private func lost(_ reason: String) -> DeviceLost { DeviceLost(reason: reason, measured: report.measured) }

    private mutating func measure<Candidate>(
        _ candidates: [Candidate], _ title: String, until share: Double, with tuner: inout CallTuner<Candidate>
    ) throws {
        let advance = begin("\(title), \(tuner.calls.count) calls", candidates.count)
        for (index, candidate) in candidates.enumerated() {
            // The first one is what the others are compared with.
            if index > 0, deadlines.arePast(share) {
                report.leftOut += candidates.count - index
                advance(candidates.count)
                return
            }
            try tuner.measure(candidate)
            advance(index + 1)
        }
    }

    /// Whether the device still computes.
    private func isAlive() -> Bool {
        do {
            let backend = try OpenCLBackend(device, tuning: KernelTuning(for: device))
            let program = try Program.trace("alive") { trace in
                trace.output("two", trace.input("one", TensorType(.float32, [1])) * 2)
            }
            let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
            try compiled.setInput(0, [1] as [Float])
            try compiled.run()
            return try compiled.output(0) == [2]
        } catch {
            return false
        }
    }
}
