import HyperAgents
import HyperCommandLine
import HyperExperiments
import HyperProbes

/// The options of `train` about probes.
enum ProbeOptions {
    static let options =
        [
            Option(
                "--probe", "name", .choice(ProbeKind.allCases.map(\.rawValue)),
                summary: "A measurement to make while training; may be given more than once; see docs/probes.md.",
                isRepeatable: true)
        ]
        + ProbePlan.settings.map { setting in
            Option(for: setting, name: name(setting), defaultText: setting.value(in: ProbePlan(kinds: [])).text)
        } + [
            Option(
                "--probe-set", "key=value", .setting,
                summary:
                    "A setting of the measurements to change; may be given more than once; see 'hyperrl list probes'.",
                isRepeatable: true)
        ]

    private static func name(_ setting: Setting<ProbePlan>) -> String { "--probe-\(setting.name)" }

    /// - Returns: Nil if no probe is asked for.
    /// - Throws: `CommandError` with status 64, `ConfigurationError`, `SettingError`.
    static func plan(_ arguments: ParsedArguments) throws -> ProbePlan? {
        var kinds: [ProbeKind] = []
        for kind in arguments.texts("--probe").compactMap(ProbeKind.init(rawValue:)) where !kinds.contains(kind) {
            kinds.append(kind)
        }
        let settings = arguments.settings("--probe-set")
        guard !kinds.isEmpty else {
            if ProbePlan.settings.contains(where: { arguments.wasGiven(name($0)) }) || !settings.isEmpty {
                throw CommandError("Options about measurements need '--probe'.", exitCode: .usage)
            }
            return nil
        }
        var plan = ProbePlan(kinds: kinds)
        for setting in ProbePlan.settings { try arguments.apply(setting, named: name(setting), to: &plan) }
        for (key, value) in settings {
            // Kinds share names such as states; each that knows the name takes the value.
            let taking = kinds.filter { kind in plan.settingNames(of: kind).contains(key) }
            for kind in taking.isEmpty ? [kinds[0]] : taking { try plan.set(key, to: value, of: kind) }
        }
        return plan
    }
}
