import HyperAgents
import HyperCommandLine
import HyperEnvironments
import HyperExperiments

/// The argument and options that say what a run computes, for `train` and `config show`.
enum ConfigurationOptions {
    /// The algorithms that this program knows.
    static let catalogue = AlgorithmCatalogue.standard

    static let algorithm = Argument(
        "algorithm", .choice(catalogue.names), summary: "The learning algorithm.",
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
            Option(
                "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
                summary: "The task to learn; see 'hyperrl list environments'.", defaultText: defaults.environment),
            Option(
                "--goal", "goal", .text,
                summary: "What a task with goals asks for: forward or backward, or a speed in metres per second.",
                defaultNote: "none; tasks with goals need one"),
        ] + variants + [
            Option(
                "--seeds", "list", .integerList(0...Int(UInt32.max), countLimit: 1024),
                summary: "Seeds to train side by side, as 0,1,2 or 0-4.", defaultText: "0"),
            Option(
                "--steps", "n", .integer(1...1_000_000_000), summary: "Environment steps to take.",
                defaultText: "\(defaults.steps)"),
            Option(
                "--eval-every", "n", .integer(1...1_000_000_000), summary: "Environment steps between evaluations.",
                defaultText: "\(defaults.evaluationInterval)"),
            Option(
                "--eval-episodes", "n", .integer(1...1000), summary: "Episodes of each evaluation.",
                defaultText: "\(defaults.evaluationEpisodes)"),
            Option(
                "--log-every", "n", .integer(1...1_000_000_000),
                summary: "Environment steps between rows of progress.csv.",
                defaultText: "\(defaults.logInterval)"),
            Option(
                "--set", "key=value", .setting,
                summary: "A setting to change; may be given more than once; see 'hyperrl list settings'.",
                isRepeatable: true),
        ]

    /// The choices that come before all settings.
    static let variants = catalogue.variants.map {
        Option("--\($0.name)", "name", .choice($0.values), summary: $0.summary, defaultText: $0.standard)
    }

    private static let defaults = RunConfiguration()

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
        func add(_ key: ConfigurationKey, _ name: String, _ text: String) {
            layer.values.append(.init(key.rawValue, text, from: .option(name)))
        }
        if let algorithm = arguments.optionalText("algorithm") { add(.algorithm, "<algorithm>", algorithm) }
        if let goal = arguments.optionalText("--goal") { add(.goal, "--goal", goal) }
        if arguments.wasGiven("--env") { add(.environment, "--env", arguments.text("--env")) }
        for variant in catalogue.variants where arguments.wasGiven("--\(variant.name)") {
            let option = "--\(variant.name)"
            layer.values.append(.init(variant.name, arguments.text(option), from: .option(option)))
        }
        if arguments.wasGiven("--seeds") {
            add(.seeds, "--seeds", arguments.integers("--seeds").map { "\($0)" }.joined(separator: ","))
        }
        let numbers: KeyValuePairs<String, ConfigurationKey> = [
            "--steps": .steps, "--eval-every": .evaluationInterval, "--eval-episodes": .evaluationEpisodes,
            "--log-every": .logInterval,
        ]
        for (name, key) in numbers where arguments.wasGiven(name) { add(key, name, "\(arguments.integer(name))") }
        for (key, value) in arguments.settings("--set") {
            layer.values.append(.init(key, value, from: .option("--set \(key)")))
        }
        return layer
    }
}
