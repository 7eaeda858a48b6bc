import HyperAgents

/// A configuration made of layers, each value with its origin.
public struct ResolvedConfiguration: Sendable {
    public let configuration: RunConfiguration
    /// Every value that decides what the run computes, in the order of run.json.
    public let values: [ConfigurationLayer.Value]

    /// Puts layers over the defaults; of two that give a value, the later holds.
    ///
    /// Algorithm, environment and variants are settled first, as the defaults of everything else depend on them.
    ///
    /// - Throws: `ConfigurationError`; nothing else.
    public init(
        _ layers: [ConfigurationLayer], catalogue: AlgorithmCatalogue = .standard
    ) throws(ConfigurationError) {
        var given: [String: ConfigurationLayer.Value] = [:]
        for value in layers.flatMap(\.values) {
            if value.key == ConfigurationKey.algorithm.rawValue, let before = given[value.key],
                before.text != value.text
            {
                throw .otherAlgorithm(value.text, wanted: before.text, origin: before.origin)
            }
            given[value.key] = value
        }
        guard let algorithm = given[ConfigurationKey.algorithm.rawValue] else {
            throw .noAlgorithm(known: catalogue.names)
        }
        let schema = RunSchema(catalogue)
        let foundations = schema.settings.filter(\.isFoundation)
        var configuration = RunConfiguration(algorithm: catalogue.named(algorithm.text) ?? catalogue.algorithms[0])
        for setting in foundations {
            guard let value = given[setting.name] else { continue }
            do { try setting.set(value.value, in: &configuration) } catch {
                if case .badValue = error, case .choice(let known) = setting.codec.form {
                    throw .unknownName(kind: setting.name, value.text, origin: value.origin, known: known)
                }
                throw ConfigurationError(error, from: value.origin)
            }
        }
        try Self.checkGoal(configuration, given)
        var origins = given.mapValues(\.origin)
        let settled = Set(foundations.map(\.name))
        // In order, as a setting may build on one before it.
        for value in layers.flatMap(\.values) where !settled.contains(value.key) {
            let before = Dictionary(uniqueKeysWithValues: configuration.values.map { ($0.key, $0.text) })
            do {
                if let setting = schema.setting(value.key) {
                    try setting.set(value.value, in: &configuration)
                } else {
                    try configuration.agent.set(value.key, to: value.value, isStrict: false)
                }
            } catch { throw ConfigurationError(error, from: value.origin) }
            // A setting may change others with it: a head size cuts the widths.
            for (key, text) in configuration.values where before[key] != text { origins[key] = value.origin }
            origins[value.key] = value.origin
        }
        do { try configuration.agent.validate() } catch {
            throw ConfigurationError(
                error, from: layers.last { !$0.values.isEmpty }?.values.last?.origin ?? .standard)
        }
        self.configuration = configuration
        values = configuration.table.map { setting in
            ConfigurationLayer.Value(setting.name, setting.stored, from: origins[setting.name] ?? .standard)
        }
    }

    /// Refuses a task that has goals and is given none.
    private static func checkGoal(
        _ configuration: RunConfiguration, _ given: [String: ConfigurationLayer.Value]
    ) throws(ConfigurationError) {
        guard configuration.goal != .none, given[ConfigurationKey.goal.rawValue] == nil,
            let kind = configuration.task?.goalKind, let expected = kind.expected, let example = kind.example
        else { return }
        throw .unfit(
            "\(configuration.environment) needs a goal, \(expected): give one with --goal, as --goal \(example).",
            origin: given[ConfigurationKey.environment.rawValue]?.origin ?? .standard)
    }
}
