import HyperAgents
import HyperEnvironments
import HyperReference
import HyperTensor

/// Checks and times every launch of real steps, and every op case.
public struct KernelBenchmark {
    /// Elements of parameters with which optimisers are checked; they are timed with all.
    private static let checkedParameters = 1 << 20

    let backend: any Backend
    let roofline: Roofline
    /// Text that a row's kernel or shape has to contain; nil for all.
    private let only: String?
    /// Seconds to time one kernel.
    private let seconds: Double

    public init(backend: any Backend, roofline: Roofline, only: String?, secondsPerKernel: Double) {
        self.backend = backend
        self.roofline = roofline
        self.only = only
        seconds = secondsPerKernel
    }

    func isWanted(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }

    // MARK: Steps

    /// The launches of an agent's step, by share of its time.
    ///
    /// - Parameter description: The agent; its replay is what gathers read from.
    public func stepRows(_ description: BenchmarkAgent) throws -> [KernelRow] {
        let (runs, steps) = try RecordingBackend.updates(of: description, periods: 5, on: backend)
        let groups = try grouped(runs)
        /// Medians, because another process may hold a core during one launch.
        func secondsPerStep(_ group: Group) -> Double {
            Timing(group.seconds).median * Double(group.seconds.count) / Double(steps)
        }
        let total = groups.reduce(0) { $0 + secondsPerStep($1) }
        return try groups.filter { isWanted($0.part.launch.name) }.map { group in
            let check = KernelCheck(
                isolated: try IsolatedLaunch(
                    [group.part], values: group.values, updateLimit: Self.checkedParameters),
                launches: [group.part.launch])
            let problems = try check.disagreements(on: backend)
            let cost = OpCost(of: group.part.launch)
            let bound = KernelRow.bound(cost, roofline)
            return KernelRow(
                name: group.part.launch.name, shape: group.part.launch.shapeText, agent: description.label,
                countPerStep: Double(group.seconds.count) / Double(steps),
                share: secondsPerStep(group) / total, secondsInStep: Timing(group.seconds).median,
                timing: problems.isEmpty ? try time(group.isolated) : nil, cost: cost,
                bound: bound.name, floor: bound.floor, problems: problems)
        }.sorted { $0.share > $1.share }
    }

    /// Launches that do the same work, with all their times.
    private struct Group {
        let part: ScheduledLaunch
        let values: [Value]
        let isolated: IsolatedLaunch
        var seconds: [Double]
    }

    private func grouped(_ runs: [RecordedRun]) throws -> [Group] {
        var groups: [Group] = []
        var positions: [AnyHashable: Int] = [:]
        /// By program, call and launch, the position of its group.
        var known: [ObjectIdentifier: [[Int]: Int]] = [:]
        for run in runs {
            let program = ObjectIdentifier(run.program)
            let calls = run.program.kernelCalls
            for timing in run.timings {
                let parts = calls[timing.call].launches
                // A call that does several launches is shared out by what each would need at the device's ceilings.
                let floors = parts.map { KernelRow.bound(OpCost(of: $0.launch), roofline).floor }
                let total = floors.reduce(0, +)
                for (index, part) in parts.enumerated() {
                    let seconds = timing.seconds * (total > 0 ? floors[index] / total : 1 / Double(parts.count))
                    if let position = known[program]?[[timing.call, index]] {
                        groups[position].seconds.append(seconds)
                        continue
                    }
                    let isolated = try IsolatedLaunch([part], values: run.program.values)
                    let position = positions[AnyHashable(isolated.signature)] ?? groups.count
                    if position == groups.count {
                        groups.append(
                            Group(part: part, values: run.program.values, isolated: isolated, seconds: []))
                        positions[AnyHashable(isolated.signature)] = position
                    }
                    groups[position].seconds.append(seconds)
                    known[program, default: [:]][[timing.call, index]] = position
                }
            }
        }
        return groups
    }

    func time(_ isolated: IsolatedLaunch) throws -> Timing { try time(isolated.compiledWithNumbers(on: backend)) }

    func time(_ compiled: any CompiledProgram) throws -> Timing {
        guard let profiling = compiled as? any ProfilingProgram, profiling.isQueued else {
            return try Timing.measure(seconds: seconds) { try compiled.run() }
        }
        return try profiling.deviceTiming(seconds: seconds)
    }

    // MARK: Op cases

    /// Every op case: checked, then timed at its own small shape.
    public func caseRows() throws -> [KernelRow] {
        try OpCase.all.filter { isWanted($0.name) }.map { op in
            let problems = try op.disagreements(on: backend)
            let cost = try op.cost()
            let bound = KernelRow.bound(cost, roofline)
            var timing: Timing?
            if problems.isEmpty {
                let store = try backend.makeState(op.layout())
                for (variable, values) in zip(store.layout.variables, op.stateValues()) {
                    try store.write(numbers: values, to: variable)
                }
                let compiled = try backend.compile(op.program(), state: store)
                for (index, values) in op.operandValues().enumerated() {
                    try compiled.setInput(index, numbers: values)
                }
                timing = try time(compiled)
            }
            return KernelRow(
                name: op.kind.description,
                shape: String(op.name.dropFirst(op.kind.description.count).drop { $0 == " " }),
                agent: nil, countPerStep: 0, share: 0, secondsInStep: nil, timing: timing, cost: cost,
                bound: bound.name, floor: bound.floor, problems: problems)
        }
    }
}
