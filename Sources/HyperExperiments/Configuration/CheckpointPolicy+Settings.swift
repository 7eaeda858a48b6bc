import HyperAgents

extension CheckpointPolicy: Configurable {
    public static var settings: [Setting<CheckpointPolicy>] {
        [
            Setting(
                "checkpoint-every", .checkpointInterval,
                "Steps, or time such as 90s, 10m or 2h, between checkpoints.", get: { $0.interval.settingValue },
                put: { policy, value in
                    if let interval = CheckpointInterval(value.text) { policy.interval = interval }
                }
            ).changing(.record),
            .choice("on-save-failure", \.afterFailure, "What to do when a checkpoint cannot be written.")
                .changing(.record),
        ]
    }
}

extension SettingCodec {
    /// A number of steps, or the text of a time.
    fileprivate static var checkpointInterval: SettingCodec {
        SettingCodec(
            .other(placeholder: "n|time"), expected: "a number of steps, or a time such as 90s, 10m or 2h"
        ) { given in
            switch given {
            case .integer, .text: CheckpointInterval(given.text)?.settingValue
            case .number, .integers, .flag: nil
            }
        }
    }
}

extension CheckpointInterval {
    fileprivate var settingValue: SettingValue {
        switch self {
        case .steps(let count): .integer(count)
        case .seconds: .text(text)
        }
    }
}
