import HyperFormats
import HyperTensor

/// Seconds by phase, in the order in which the phases first ran.
public struct PhaseTimes: Sendable {
    public private(set) var phases: [(name: String, seconds: Double)] = []
    /// Time of launches that belong to no phase: outputs, checks.
    static let untagged = "other"
    /// Time outside launches: the host's own work.
    static let host = "host"

    public init() {}

    /// - Parameter wall: Seconds from the beginning of the first step to the end of the last; what lies outside launches
    ///   is the phase `host`, so that the phases add up to it.
    public init(_ runs: [RecordedRun], wall: Double) {
        var inside = 0.0
        for run in runs {
            let names = run.program.kernelCalls.map(\.phaseName)
            for timing in run.timings {
                add(timing.seconds, to: names[timing.call])
                inside += timing.seconds
            }
        }
        add(max(0, wall - inside), to: Self.host)
    }

    public var total: Double { phases.reduce(0) { $0 + $1.seconds } }

    mutating func add(_ seconds: Double, to name: String) {
        if let index = phases.firstIndex(where: { $0.name == name }) {
            phases[index].seconds += seconds
        } else {
            phases.append((name, seconds))
        }
    }

    func divided(by count: Int) -> PhaseTimes {
        var result = self
        for index in result.phases.indices { result.phases[index].seconds /= Double(count) }
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

    /// The names of the call's launches.
    var name: String { launches.map(\.launch.name).joined(separator: " + ") }
}
