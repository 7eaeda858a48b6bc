import HyperAgents
import HyperEnvironments

/// Keys of values that every run has, for code that speaks of one of them. Nothing else spells them.
public enum ConfigurationKey: String, Sendable, CaseIterable {
    case algorithm, environment, goal, seeds, steps
    case evaluationInterval = "eval-every"
    case evaluationEpisodes = "eval-episodes"
    case logInterval = "log-every"
}

/// Every value that decides what a run computes, beside the settings of its algorithm, in the order of run.json. Options, files,
/// messages and lists follow from this table, and so does which runs and checkpoints belong together.
public struct RunSchema {
    public let catalogue: AlgorithmCatalogue
    /// Those on which defaults depend (`isFoundation`) build on each other in this order.
    public let settings: [Setting<RunConfiguration>]

    public init(_ catalogue: AlgorithmCatalogue) {
        self.catalogue = catalogue
        let units = Set(catalogue.algorithms.map(\.unit.rawValue))
        // What lengths count, if it is the same for all algorithms.
        let unit = units.count == 1 ? units.first.flatMap(SettingUnit.init(rawValue:)) ?? .progress : .progress
        settings =
            [Self.algorithm(catalogue), Self.environment, Self.goal] + catalogue.variants.map(Self.variant) + [
                Self.seeds,
                .integer(
                    ConfigurationKey.steps.rawValue, \.steps, 1...1_000_000_000, unit: unit,
                    "Environment steps to take."
                ).changing(.amount),
                .integer(
                    ConfigurationKey.evaluationInterval.rawValue, \.evaluationInterval, 1...1_000_000_000,
                    unit: unit, "Environment steps between evaluations."),
                .integer(
                    ConfigurationKey.evaluationEpisodes.rawValue, \.evaluationEpisodes, 1...1000, unit: .episodes,
                    "Episodes of each evaluation."),
                .integer(
                    ConfigurationKey.logInterval.rawValue, \.logInterval, 1...1_000_000_000, unit: unit,
                    "Environment steps between rows of progress.csv."
                ).changing(.record),
            ]
    }

    /// The setting of a key; nil if it is none of the table.
    public func setting(_ name: String) -> Setting<RunConfiguration>? { settings.first { $0.name == name } }

    /// The algorithm; everything but environment, seeds and lengths becomes its default.
    private static func algorithm(_ catalogue: AlgorithmCatalogue) -> Setting<RunConfiguration> {
        Setting(
            ConfigurationKey.algorithm.rawValue, .choice(catalogue.names), "The learning algorithm.",
            get: { .text($0.algorithm) },
            put: { (configuration, value) throws(SettingError) in
                guard let algorithm = catalogue.named(value.text) else { return }
                configuration.begin(
                    try algorithm.configuration(environment: configuration.environment),
                    on: configuration.environment)
            }
        ).asFoundation()
    }

    /// The task; the algorithm's settings become its defaults for the task.
    private static var environment: Setting<RunConfiguration> {
        Setting(
            ConfigurationKey.environment.rawValue,
            .choice(EnvironmentSpec.all.map(\.id), expected: "an id of 'hyperrl list environments'"),
            "The task to learn; see 'hyperrl list environments'.", get: { .text($0.environment) },
            put: { (configuration, value) throws(SettingError) in
                configuration.begin(try configuration.agent.standard(environment: value.text), on: value.text)
            }
        ).asFoundation()
    }

    /// A choice of the algorithm; its settings become the defaults for it.
    private static func variant(_ variant: Variant) -> Setting<RunConfiguration> {
        Setting(
            variant.name, .choice(variant.values), variant.summary,
            get: { .text($0.agent.variant(variant.name) ?? "") },
            put: { (configuration, value) throws(SettingError) in
                configuration.agent = try configuration.agent.standard(
                    environment: configuration.environment, changing: [variant.name: value.text])
            }
        ).unless { $0.agent.variant(variant.name) == nil ? "\($0.algorithm) has nothing of the kind" : nil }
            .asFoundation()
    }

    private static var goal: Setting<RunConfiguration> {
        let codec = SettingCodec(
            .other(placeholder: "goal"), expected: "forward or backward, or a speed in metres per second"
        ) { given in
            switch given {
            case .integer(let value): .number(Double(value))
            case .number: given
            case .text(let text): Double(text).map { .number($0) } ?? given
            case .integers, .flag: nil
            }
        }
        return Setting<RunConfiguration>(
            ConfigurationKey.goal.rawValue, codec,
            "What a task with goals asks for: forward or backward, or a speed in metres per second.",
            get: { configuration in
                switch configuration.goal {
                case .none, .direction: .text(configuration.goal.text)
                case .velocity(let speed): .number(speed)
                }
            },
            put: { (configuration, value) throws(SettingError) in
                let kind = configuration.task?.goalKind ?? .none
                guard let goal = kind.goal(value.text) else {
                    throw SettingError.badValue(
                        name: ConfigurationKey.goal.rawValue, value: value.text, expected: kind.expected ?? "a goal")
                }
                configuration.goal = goal
            }
        ).unless { configuration in
            if configuration.agent.drawsTasks { return "\(configuration.algorithm) draws the goals of its tasks" }
            let kind = configuration.task?.goalKind ?? .none
            return kind == .none ? "\(configuration.environment) has no goal" : nil
        }
    }

    private static var seeds: Setting<RunConfiguration> {
        Setting<RunConfiguration>(
            ConfigurationKey.seeds.rawValue, .integers(0...Int(UInt32.max), count: 1...1024, areDifferent: true),
            "Seeds to train side by side, as 0,1,2 or 0-4.", get: { .integers($0.seeds.map { Int($0) }) },
            put: { configuration, value in
                if case .integers(let seeds) = value { configuration.seeds = seeds.map { UInt32($0) } }
            }
        ).changing(.amount)
    }
}

extension RunConfiguration {
    /// The table with this run's algorithm alone.
    public var schema: RunSchema { RunSchema(agent.catalogue) }

    /// The values of the run beside the settings of its algorithm, those that apply, in the order of run.json.
    public var commonTable: [SettingDescription] {
        schema.settings.filter { $0.misfit(self) == nil }.map { $0.description(in: self) }
    }

    /// Every value that decides what the run computes, those that apply, in the order of run.json.
    public var table: [SettingDescription] { commonTable + agent.appliedSettings }

    /// Every value as text under its key, in the order of run.json.
    public var values: [(key: String, text: String)] { table.map { ($0.name, $0.value) } }
}
