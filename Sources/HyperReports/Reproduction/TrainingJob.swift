import HyperExperiments
import HyperProbes

/// One experiment that a figure or table needs: a preset, its length, and what is measured on the way.
public struct TrainingJob: Hashable, Sendable {
    public let preset: String
    /// Environment steps of the whole experiment.
    public let steps: Int
    /// Measured every so many steps.
    public let probe: Probe?

    public struct Probe: Hashable, Sendable {
        public let kind: ProbeKind
        public let interval: Int
    }

    init(_ preset: String, steps: Int = 1_000_000, probe: Probe? = nil) {
        self.preset = preset
        self.steps = steps
        self.probe = probe
    }

    /// The task as presets name it: `hopper`.
    var task: String { String(preset.split(separator: "/")[2]) }

    /// The folder for runs of this experiment, below the others'.
    var folderName: String {
        let name = preset.split(separator: "/").dropFirst().joined(separator: "-")
        let length = steps == 1_000_000 ? "" : "-\(steps / 1000)k"
        return name + length + (probe.map { "+\($0.kind.rawValue)" } ?? "")
    }

    /// The configuration of the experiment, shortened.
    ///
    /// Steps and whatever setting is a share of them, such as random steps, shrink alike. Evaluations and log rows stay as far apart as
    /// in the paper, or come every twentieth and every hundredth of the shortened run if that is sooner. What is no share of the
    /// training stays: SAC's steps before updates, which fill its first batch.
    ///
    /// - Parameter fraction: Of the steps, above 0, at most 1.
    /// - Throws: `ConfigurationError` if this program lacks something that the preset names.
    public func configuration(fraction: Double) throws(ConfigurationError) -> RunConfiguration {
        var configuration = try Preset.named(preset).configuration()
        configuration.steps = Self.scaled(steps, fraction)
        guard fraction < 1 else { return configuration }
        configuration.evaluationInterval = min(configuration.evaluationInterval, max(1, configuration.steps / 20))
        configuration.logInterval = min(configuration.logInterval, max(1, configuration.steps / 100))
        configuration.agent.changeSharesOfLength { Self.scaled($1, fraction) }
        return configuration
    }

    /// The probes of the experiment, as often over the shortened run as over the whole.
    public func probePlan(fraction: Double) -> ProbePlan? {
        probe.map { ProbePlan(kinds: [$0.kind], interval: Self.scaled($0.interval, fraction)) }
    }

    private static func scaled(_ count: Int, _ fraction: Double) -> Int {
        max(1, Int((Double(count) * fraction).rounded()))
    }
}
