import HyperAgents
import HyperEnvironments

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
        func taken(_ key: ConfigurationKey) -> ConfigurationLayer.Value? { given[key.rawValue] }
        guard let algorithm = taken(.algorithm) else { throw .noAlgorithm(known: catalogue.names) }
        guard let known = catalogue.named(algorithm.text) else {
            throw .unknownName(kind: "algorithm", algorithm.text, origin: algorithm.origin, known: catalogue.names)
        }
        let standard = RunConfiguration(algorithm: known)
        let environment = taken(.environment)
        let ids = EnvironmentSpec.all.map(\.id)
        if let environment, !ids.contains(environment.text) {
            throw .unknownName(kind: "environment", environment.text, origin: environment.origin, known: ids)
        }
        var variants: [String: String] = [:]
        for variant in known.variants {
            guard let value = given[variant.name] else { continue }
            guard variant.values.contains(value.text) else {
                throw .unknownName(kind: variant.name, value.text, origin: value.origin, known: variant.values)
            }
            variants[variant.name] = value.text
        }
        var configuration = RunConfiguration(
            algorithm: known, environment: environment?.text ?? standard.environment, variants: variants)
        var origins: [String: ValueOrigin] = [:]
        if known.drawsTasks {
            if let goal = taken(.goal) {
                throw .unfit("\(known.name) draws the goals of its tasks, so none can be given.", origin: goal.origin)
            }
        } else {
            configuration.goal = try Self.goal(taken(.goal), of: configuration.environment, asked: environment)
        }
        // In order, as a setting may build on one before it.
        for value in layers.flatMap(\.values) {
            let before = Dictionary(uniqueKeysWithValues: configuration.values.map { ($0.key, $0.text) })
            if !variants.keys.contains(value.key) {
                try Self.apply(value, ConfigurationKey(rawValue: value.key), to: &configuration)
            }
            // A setting may change others with it: a head size cuts the widths.
            for (key, text) in configuration.values where before[key] != text { origins[key] = value.origin }
            origins[value.key] = value.origin
        }
        do { try configuration.agent.validate() } catch {
            throw ConfigurationError(
                error, from: layers.last { !$0.values.isEmpty }?.values.last?.origin ?? .standard)
        }
        self.configuration = configuration
        values = configuration.values.map { key, text in
            ConfigurationLayer.Value(key, text, from: origins[key] ?? .standard)
        }
    }

    /// The goal of a task; one that has goals must be given one.
    ///
    /// - Parameter asked: Where the task was named.
    private static func goal(
        _ value: ConfigurationLayer.Value?, of environment: String, asked: ConfigurationLayer.Value?
    ) throws(ConfigurationError) -> TaskGoal {
        let kind = EnvironmentSpec.all.first { $0.id == environment }?.goalKind ?? .none
        guard let expected = kind.expected, let example = kind.example else {
            guard let value else { return .none }
            throw .unfit("\(environment) has no goal, so none can be given.", origin: value.origin)
        }
        guard let value else {
            throw .unfit(
                "\(environment) needs a goal, \(expected): give one with --goal, as --goal \(example).",
                origin: asked?.origin ?? .standard)
        }
        guard let goal = kind.goal(value.text) else {
            throw .badValue(key: value.key, text: value.text, origin: value.origin, expected: expected)
        }
        return goal
    }

    /// Sets one value; algorithm, environment, goal and variants are in place.
    private static func apply(
        _ value: ConfigurationLayer.Value, _ key: ConfigurationKey?, to configuration: inout RunConfiguration
    ) throws(ConfigurationError) {
        switch key {
        case .algorithm, .environment, .goal: return
        case .seeds: configuration.seeds = try seeds(value)
        case .steps: configuration.steps = try integer(value, in: RunConfiguration.stepRange)
        case .evaluationInterval:
            configuration.evaluationInterval = try integer(value, in: RunConfiguration.stepRange)
        case .evaluationEpisodes: configuration.evaluationEpisodes = try integer(value, in: 1...1000)
        case .logInterval: configuration.logInterval = try integer(value, in: RunConfiguration.stepRange)
        case nil:
            do { try configuration.agent.set(value.key, to: value.text) } catch {
                throw ConfigurationError(error, from: value.origin)
            }
        }
    }

    private static func integer(
        _ value: ConfigurationLayer.Value, in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        guard let number = Int(value.text), range.contains(number) else {
            throw .badValue(key: value.key, text: value.text, origin: value.origin, expected: "an integer in \(range)")
        }
        return number
    }

    private static func seeds(_ value: ConfigurationLayer.Value) throws(ConfigurationError) -> [UInt32] {
        let seeds = value.text.split(separator: ",", omittingEmptySubsequences: false).map { UInt32($0) }
        let known = seeds.compactMap { $0 }
        guard known.count == seeds.count, (1...1024).contains(known.count), Set(known).count == known.count else {
            throw .badValue(
                key: value.key, text: value.text, origin: value.origin, expected: "1 to 1024 different seeds")
        }
        return known
    }
}

extension RunConfiguration {
    static let stepRange = 1...1_000_000_000

    /// Every value as text under its key, in the order of run.json.
    public var values: [(key: String, text: String)] {
        let variants = agent.variantValues.map { (key: $0.name, text: $0.value) }
        let common = ConfigurationKey.allCases.flatMap { key -> [(key: String, text: String)] in
            let text =
                switch key {
                case .algorithm: algorithm
                case .environment: environment
                case .goal: goal.text
                case .seeds: seeds.map { "\($0)" }.joined(separator: ",")
                case .steps: "\(steps)"
                case .evaluationInterval: "\(evaluationInterval)"
                case .evaluationEpisodes: "\(evaluationEpisodes)"
                case .logInterval: "\(logInterval)"
                }
            let values = key == .goal && goal == .none ? [] : [(key: key.rawValue, text: text)]
            // Where run.json has them.
            return key == .goal ? values + variants : values
        }
        return common + agent.settingValues.map { (key: $0.name, text: $0.value) }
    }
}
