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
        for (name, seconds) in self.phases.phases { phases[name] = .double(rounded(seconds * 1e3, 5)) }
        return [
            "algorithm": .string(agent.algorithm),
            "critic": .string(agent.critic.rawValue),
            "environment": .string(agent.environment),
            "backend": .string(device.backend),
            "device": .string(device.name),
            "seeds": .integer(agent.seeds),
            "batch": .integer(batch),
            "steps": .integer(steps),
            "ms_per_step": [
                "median": .double(rounded(step.median * 1e3, 5)),
                "min": .double(rounded(step.minimum * 1e3, 5)),
                "max": .double(rounded(step.maximum * 1e3, 5)),
            ],
            "phases": .object(phases),
            "peak_rss_mib": .double(rounded(peakMiB, 1)),
        ]
    }

    /// Two tables for people: the step, and its phases by share.
    public var text: String {
        let seeds = agent.seeds == 1 ? "1 seed" : "\(agent.seeds) seeds together"
        var lines = """
            \(agent.algorithm) \(agent.critic.rawValue) on \(agent.environment), \(seeds), batch \(batch)
            \(device.backend): \(device.name)
            \(decimal(step.median * 1e3, 3)) ms a step (median; min \(decimal(step.minimum * 1e3, 3)), max \
            \(decimal(step.maximum * 1e3, 3))), \(steps) steps, peak memory \(decimal(peakMiB, 0)) MiB


            """
        var table = Table([("PHASE", .left), ("MS", .right), ("SHARE", .right)])
        for (name, seconds) in phases.phases {
            table.add([name, decimal(seconds * 1e3, 4), decimal(seconds / phases.total * 100, 1) + " %"])
        }
        table.add(["sum", decimal(phases.total * 1e3, 4), "100.0 %"])
        lines += table.text
        return lines
    }
}
