import HyperAgents
import HyperCommandLine
import HyperEnvironments
import HyperExperiments

/// The argument and options that say what a run computes, for `train` and `config show`.
enum ConfigurationOptions {
    /// The algorithms that this program knows.
    static let catalogue = AlgorithmCatalogue.standard

    /// The table that the options are made of.
    static var schema: RunSchema { RunSchema(catalogue) }

    static let algorithm = Argument(
        ConfigurationKey.algorithm.rawValue, .choice(catalogue.names), summary: "The learning algorithm.",
        defaultNote: "that of --preset or --config")

    static let options =
        [
            Option(
                "--preset", "name", .text, summary: "A prepared experiment to begin with; see 'hyperrl list presets'.",
                defaultNote: "none"),
            Option(
                "--config", "file", .text,
                summary: "A JSON file with values as run.json holds them; a run.json will do. Stronger than --preset.",
                defaultNote: "none"),
        ] + schema.settings.filter { ConfigurationKey(rawValue: $0.name) != .algorithm }.map { option($0) } + [
            Option(
                "--set", "key=value", .setting,
                summary: "A setting to change; may be given more than once; see 'hyperrl list settings'.",
                isRepeatable: true)
        ]

    /// The choices that come before all settings.
    static let variants = catalogue.variants.map {
        Option("--\($0.name)", "name", .choice($0.values), summary: $0.summary, defaultText: $0.standard)
    }

    /// The option of a value, with the default that holds for the default algorithm and task.
    private static func option(_ setting: Setting<RunConfiguration>) -> Option {
        let defaults = RunConfiguration(algorithm: catalogue.algorithms[0])
        let value = setting.misfit(defaults) == nil ? setting.value(in: defaults).text : nil
        switch ConfigurationKey(rawValue: setting.name) {
        case .environment:
            return Option(
                for: setting, name: name(setting), placeholder: "id",
                kind: .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true), defaultText: value)
        case .goal: return Option(for: setting, defaultNote: "none; tasks with goals need one")
        case .algorithm, .seeds, .steps, .evaluationInterval, .evaluationEpisodes, .logInterval, nil:
            return Option(for: setting, defaultText: value)
        }
    }

    /// The option's name with its dashes; that of the argument for the algorithm.
    static func name(_ setting: Setting<RunConfiguration>) -> String {
        switch ConfigurationKey(rawValue: setting.name) {
        case .algorithm: "<algorithm>"
        case .environment: "--env"
        case .goal, .seeds, .steps, .evaluationInterval, .evaluationEpisodes, .logInterval, nil: setting.optionName
        }
    }

    /// The steps of a run, for options that count them as well.
    static var stepsKind: ValueKind { schema.setting(ConfigurationKey.steps.rawValue)?.codec.integerKind ?? .text }

    /// The configuration that a command line asks for: defaults, then preset, file, and options.
    ///
    /// - Parameter weakest: Values that hold unless something is said about them.
    /// - Throws: `ConfigurationError`, `FormatError`.
    static func resolve(
        _ arguments: ParsedArguments, weakest: ConfigurationLayer? = nil
    ) throws -> ResolvedConfiguration {
        var layers = [weakest].compactMap { $0 }
        if let name = arguments.optionalText("--preset") { layers.append(ConfigurationLayer(try .named(name))) }
        if let path = arguments.optionalText("--config") {
            layers.append(try ConfigurationFile.read(path, catalogue: catalogue))
        }
        return try ResolvedConfiguration(layers + [given(arguments)], catalogue: catalogue)
    }

    /// What the command line itself says.
    private static func given(_ arguments: ParsedArguments) -> ConfigurationLayer {
        var layer = ConfigurationLayer([])
        for setting in schema.settings {
            let name = name(setting)
            if setting.name == ConfigurationKey.algorithm.rawValue {
                guard let text = arguments.optionalText(setting.name) else { continue }
                layer.values.append(.init(setting.name, text, from: .option(name)))
            } else if let value = arguments.value(of: name, setting.codec) {
                layer.values.append(.init(setting.name, value, from: .option(name)))
            }
        }
        for (key, value) in arguments.settings("--set") {
            layer.values.append(.init(key, value, from: .option("--set \(key)")))
        }
        return layer
    }
}
