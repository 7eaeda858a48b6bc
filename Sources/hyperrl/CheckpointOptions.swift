import HyperCommandLine
import HyperExperiments

/// The options about checkpoints that `train` and `resume` share.
enum CheckpointOptions {
    /// - Parameter defaults: What holds without the options; nil for what the run was begun with.
    static func options(defaults: CheckpointPolicy?) -> [Option] {
        CheckpointPolicy.settings.map { setting in
            Option(
                for: setting, placeholder: setting.name == "on-save-failure" ? "what" : nil,
                defaultText: defaults.map { setting.value(in: $0).text },
                defaultNote: defaults == nil ? "as the run was begun" : nil)
        }
    }

    /// - Throws: `ConfigurationError`.
    static func policy(_ arguments: ParsedArguments, otherwise: CheckpointPolicy) throws -> CheckpointPolicy {
        var policy = otherwise
        for setting in CheckpointPolicy.settings { try arguments.apply(setting, to: &policy) }
        return policy
    }
}
