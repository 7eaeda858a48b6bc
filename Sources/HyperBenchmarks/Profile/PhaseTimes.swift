import HyperFormats
import HyperTensor

/// Seconds by phase, in the order in which the phases first ran.
public struct PhaseTimes: Sendable {
    /// A phase's time, split by what it was spent on.
    public struct Phase: Hashable, Sendable {
        public let name: String
        /// Kernel calls.
        public var calls = 0.0
        /// Nothing was queued and the device idle: the host had yet to hand over the next call.
        public var host = 0.0
        /// The next call was queued and the device had not begun it.
        public var launch = 0.0
        /// Kernels ran.
        public var kernel = 0.0

        public var seconds: Double { host + launch + kernel }
    }

    public private(set) var phases: [Phase] = []
    /// Whether a queue lay between host and device, so that host and launch time mean something.
    public private(set) var isQueued = false
    /// Launches that belong to no phase: outputs, checks.
    static let untagged = "other"
    /// Time outside launches: the host's own work.
    static let host = "host"

    public init() {}

    /// - Parameter wall: Seconds from the beginning of the first step to the end of the last; what lies outside launches
    ///   is the phase `host`, so that the phases add up to it.
    public init(_ runs: [RecordedRun], wall: Double) {
        for run in runs {
            isQueued = isQueued || run.program.isQueued
            let names = run.program.kernelCalls.map(\.phaseName)
            // Since when the device has had nothing to do.
            var idle = run.start
            for (index, timing) in run.timings.enumerated() {
                let begin = max(timing.start, idle)
                let queued = min(max(timing.queued, idle), begin)
                add(
                    Phase(
                        name: names[timing.call], calls: 1,
                        // Before the first call there is more than handing it over: it counts as the host's own work.
                        host: index == 0 ? 0 : queued - idle, launch: begin - queued, kernel: max(0, timing.end - begin)
                    ))
                idle = max(idle, timing.end)
            }
        }
        let inside = phases.reduce(0) { $0 + $1.seconds }
        add(Phase(name: Self.host, host: max(0, wall - inside)))
    }

    /// All phases together.
    public var total: Phase {
        phases.reduce(into: Phase(name: "sum")) { sum, phase in
            sum.calls += phase.calls
            sum.host += phase.host
            sum.launch += phase.launch
            sum.kernel += phase.kernel
        }
    }

    private mutating func add(_ phase: Phase) {
        guard let index = phases.firstIndex(where: { $0.name == phase.name }) else { return phases.append(phase) }
        phases[index].calls += phase.calls
        phases[index].host += phase.host
        phases[index].launch += phase.launch
        phases[index].kernel += phase.kernel
    }

    func divided(by count: Int) -> PhaseTimes {
        var result = self
        for index in phases.indices {
            result.phases[index].calls /= Double(count)
            result.phases[index].host /= Double(count)
            result.phases[index].launch /= Double(count)
            result.phases[index].kernel /= Double(count)
        }
        return result
    }
}

extension KernelCall {
    /// The phases of the call's launches, `a + b` where work of several was merged.
    var phaseName: String {
        var names: [String] = []
        for launch in launches { names += launch.phases.map(\.name).filter { !names.contains($0) } }
        return names.isEmpty ? PhaseTimes.untagged : names.joined(separator: " + ")
    }

    /// The names of the call's launches, each once, with how many there are of it: `matmul x3 + copy`.
    var name: String {
        var counts: [(name: String, count: Int)] = []
        for name in launches.map(\.launch.name) {
            if let index = counts.firstIndex(where: { $0.name == name }) {
                counts[index].count += 1
            } else {
                counts.append((name, 1))
            }
        }
        return counts.map { $0.count == 1 ? $0.name : "\($0.name) x\($0.count)" }.joined(separator: " + ")
    }
}
