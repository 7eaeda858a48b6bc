import HyperFormats
import HyperTensor

/// What `hyperbench step` found.
public struct StepResult {
    public let agent: BenchmarkAgent
    public let device: DeviceDescription
    /// Transitions in a batch of each seed.
    public let batch: Int
    /// Gradient steps that were timed.
    public let steps: Int
    /// Wall-clock seconds of one gradient step of all seeds together, by block.
    public let step: Timing
    /// Seconds of one step by phase, from the recorded block of median length.
    public let phases: PhaseTimes
    /// Steps in that block.
    public let recordedSteps: Int
    public let peakMiB: Double
    /// The runs of that block.
    public let runs: [RecordedRun]

    public var json: JSONValue {
        var phases = JSONObject()
        for phase in self.phases.phases { phases[phase.name] = milliseconds(phase.seconds) }
        var json = agent.json
        let measured = JSONObject([
            "backend": .string(device.backend),
            "device": .string(device.name),
            "seeds": .integer(agent.seeds),
            "batch": .integer(batch),
            "steps": .integer(steps),
            "ms_per_step": [
                "median": milliseconds(step.median), "min": milliseconds(step.minimum),
                "max": milliseconds(step.maximum),
            ],
            "phases": .object(phases),
            "peak_rss_mib": .double(rounded(peakMiB, 1)),
        ])
        json.add(measured)
        guard self.phases.isQueued else { return .object(json) }
        let total = self.phases.total
        json["time"] = [
            "host": milliseconds(total.host), "launch": milliseconds(total.launch),
            "kernel": milliseconds(total.kernel),
        ]
        var launches = JSONObject()
        for (program, count) in launchesByProgram { launches[program] = .integer(count) }
        json["launches"] = .object(launches)
        return .object(json)
    }

    /// By program of the recorded block, its launches in one run.
    private var launchesByProgram: [(program: String, count: Int)] {
        var counts: [(program: String, count: Int)] = []
        for run in runs where !counts.contains(where: { $0.program == run.program.program.name }) {
            counts.append((run.program.program.name, run.timings.count))
        }
        return counts
    }

    private func milliseconds(_ seconds: Double) -> JSONValue { .double(rounded(seconds * 1e3, 5)) }

    /// Two tables for people: the step, and its phases by share.
    public var text: String {
        var lines = """
            \(agent.title), batch \(batch)
            \(device.backend): \(device.name)
            \(decimal(step.median * 1e3, 3)) ms a step (median; min \(decimal(step.minimum * 1e3, 3)), max \
            \(decimal(step.maximum * 1e3, 3))), \(steps) steps, peak memory \(decimal(peakMiB, 0)) MiB
            Launches: \(launchesByProgram.map { "\($0.program) \($0.count)" }.joined(separator: ", "))


            """
        let total = phases.total
        var table = Table(
            [("PHASE", .left), ("LAUNCHES", .right)]
                + (phases.isQueued ? [("HOST MS", .right), ("LAUNCH MS", .right), ("KERNEL MS", .right)] : [])
                + [("MS", .right), ("SHARE", .right)])
        for phase in phases.phases + [total] {
            let parts = phases.isQueued ? [phase.host, phase.launch, phase.kernel] : []
            table.add(
                [phase.name, decimal(phase.calls, 1)] + (parts + [phase.seconds]).map { decimal($0 * 1e3, 4) }
                    + [decimal(phase.seconds / total.seconds * 100, 1) + " %"])
        }
        lines += table.text
        return lines
    }
}
