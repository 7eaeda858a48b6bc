import HyperCommandLine
import HyperExperiments

/// The options about checkpoints that `train` and `resume` share.
enum CheckpointOptions {
    /// - Parameter defaults: What holds without the options; nil for what the run was begun with.
    static func options(defaults: CheckpointPolicy?) -> [Option] {
        let note = defaults == nil ? "as the run was begun" : nil
        return [
            Option(
                "--checkpoint-every", "n|time", .text,
                summary: "Steps, or time such as 90s, 10m or 2h, between checkpoints.",
                defaultText: defaults?.interval.text, defaultNote: note),
            Option(
                "--on-save-failure", "what", .choice(CheckpointPolicy.FailureResponse.allCases.map(\.rawValue)),
                summary: "What to do when a checkpoint cannot be written.",
                defaultText: defaults?.afterFailure.rawValue, defaultNote: note),
        ]
    }

    /// - Throws: `CommandError` with status 64.
    static func policy(_ arguments: ParsedArguments, otherwise: CheckpointPolicy) throws -> CheckpointPolicy {
        var policy = otherwise
        if let text = arguments.optionalText("--checkpoint-every") {
            guard let interval = CheckpointInterval(text) else {
                throw CommandError(
                    "Option '--checkpoint-every': '\(text)' is neither a number of steps nor a time such as 90s, 10m or 2h.",
                    exitCode: .usage)
            }
            policy.interval = interval
        }
        if let response = arguments.optionalText("--on-save-failure").flatMap(
            CheckpointPolicy.FailureResponse.init(rawValue:))
        {
            policy.afterFailure = response
        }
        return policy
    }
}
