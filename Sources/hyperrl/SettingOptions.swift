import HyperAgents
import HyperCommandLine
import HyperExperiments

extension Option {
    /// The option that gives a setting its value. The setting's codec reads it; the help follows from the setting.
    ///
    /// - Parameters:
    ///   - name: The name with its dashes; nil for the setting's own.
    ///   - summary: One sentence; nil for the setting's own.
    init<Configuration>(
        for setting: Setting<Configuration>, name: String? = nil, placeholder: String? = nil, kind: ValueKind? = nil,
        summary: String? = nil, defaultText: String? = nil, defaultNote: String? = nil
    ) {
        self.init(
            name ?? setting.optionName, placeholder ?? setting.codec.placeholder, kind ?? setting.codec.valueKind,
            summary: summary ?? setting.summary, defaultText: defaultText, defaultNote: defaultNote)
    }
}

extension Setting {
    /// The option's name with its dashes.
    var optionName: String { "--\(name)" }
}

extension SettingCodec {
    /// What the help calls a value.
    fileprivate var placeholder: String {
        switch form {
        case .integer: "n"
        case .number: "x"
        case .integers: "list"
        case .choice: "name"
        case .flag: "true|false"
        case .other(let placeholder): placeholder
        }
    }

    /// What the parser can check before the codec: names, so that the help lists them, and ranges of seeds, which it expands.
    fileprivate var valueKind: ValueKind {
        switch form {
        case .choice(let names): .choice(names)
        case .integers(let range, let count, areDifferent: true): .integerList(range, countLimit: count.upperBound)
        case .integer, .number, .integers(_, _, areDifferent: false), .flag, .other: .text
        }
    }

    /// The parser's check of an option that is no value of a run, but counts as one.
    var integerKind: ValueKind {
        if case .integer(let range) = form { .integer(range) } else { .text }
    }
}

extension ParsedArguments {
    /// What a setting's option says; nil if it was not given.
    func value(of name: String, _ codec: SettingCodec) -> SettingValue? {
        guard wasGiven(name) else { return nil }
        if case .integers(_, _, areDifferent: true) = codec.form { return .integers(integers(name)) }
        return .text(text(name))
    }

    /// Changes what a setting's option says.
    ///
    /// - Parameter name: The option's name with its dashes; nil for the setting's own.
    /// - Throws: `ConfigurationError` that names the option.
    func apply<Configuration>(
        _ setting: Setting<Configuration>, named name: String? = nil, to configuration: inout Configuration
    ) throws(ConfigurationError) {
        let name = name ?? setting.optionName
        guard let value = value(of: name, setting.codec) else { return }
        do { try setting.set(value, in: &configuration) } catch {
            throw ConfigurationError(error, from: .option(name))
        }
    }
}
