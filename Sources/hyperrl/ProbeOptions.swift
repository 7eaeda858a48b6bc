import HyperCommandLine
import HyperExperiments
import HyperProbes

/// The options of `train` about probes.
enum ProbeOptions {
    static let options = [
        Option(
            "--probe", "name", .choice(ProbeKind.allCases.map(\.rawValue)),
            summary: "A measurement to make while training; may be given more than once; see docs/probes.md.",
            isRepeatable: true),
        Option(
            "--probe-every", "n", .integer(1...1_000_000_000), summary: "Environment steps between measurements.",
            defaultText: "10000"),
        Option(
            "--probe-set", "key=value", .setting,
            summary: "A setting of the measurements to change; may be given more than once; see 'hyperrl list probes'.",
            isRepeatable: true),
    ]

    /// - Returns: Nil if no probe is asked for.
    /// - Throws: `CommandError` with status 64, `SettingError`.
    static func plan(_ arguments: ParsedArguments) throws -> ProbePlan? {
        var kinds: [ProbeKind] = []
        for kind in arguments.texts("--probe").compactMap(ProbeKind.init(rawValue:)) where !kinds.contains(kind) {
            kinds.append(kind)
        }
        let settings = arguments.settings("--probe-set")
        guard !kinds.isEmpty else {
            if arguments.wasGiven("--probe-every") || !settings.isEmpty {
                throw CommandError("Options about measurements need '--probe'.", exitCode: .usage)
            }
            return nil
        }
        var plan = ProbePlan(kinds: kinds, interval: arguments.integer("--probe-every"))
        for (key, value) in settings {
            // Kinds share names such as states; each that knows the name takes the value.
            let taking = kinds.filter { kind in plan.settingNames(of: kind).contains(key) }
            for kind in taking.isEmpty ? [kinds[0]] : taking { try plan.set(key, to: value, of: kind) }
        }
        return plan
    }
}
