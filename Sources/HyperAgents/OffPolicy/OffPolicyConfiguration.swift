import HyperModels
import HyperTensor

/// The settings of an off-policy algorithm: what all of them have, and how an agent is made.
public protocol OffPolicyConfiguration: Configurable, Hashable, Sendable {
    /// The name by which users ask for the algorithm.
    static var algorithm: String { get }
    /// One line for lists and help.
    static var summary: String { get }

    /// Losses and means that the agent tells (`OffPolicyAgent.latestMetrics`); a column of progress.csv each.
    static var metrics: [UpdateMetric] { get }

    /// The action-value network.
    var critic: CriticKind { get set }
    /// Sizes and initialisation of a hypernetwork critic.
    var architecture: HyperNetwork.Architecture { get set }
    /// Sizes and initialisation of any other critic.
    var baseline: BaselineArchitecture { get set }
    var actorHiddenSizes: [Int] { get set }
    /// Transitions in a batch.
    var batchSize: Int { get set }
    /// Environment steps with uniformly random actions, from the start.
    var randomSteps: Int { get set }
    /// Environment steps before the first update.
    var stepsBeforeUpdates: Int { get }
    /// Transitions that each seed's replay holds.
    var replayCapacity: Int { get set }
    /// Updates after which their costs repeat.
    var updatePeriod: Int { get }

    /// The defaults for a critic and an environment.
    init(critic: CriticKind, environment: String)

    /// Lets updates begin when so many random steps from the start are over.
    mutating func beginUpdates(afterRandomSteps count: Int)

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: At least one; all different.
    func makeAgent(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32], backend: any Backend
    ) throws -> any OffPolicyAgent

    /// The policy alone, for weights that are there already.
    ///
    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: How many there are, at least one.
    func makeStandalonePolicy(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int, backend: any Backend
    ) throws -> StandalonePolicy
}

extension OffPolicyConfiguration {
    /// The action-value network that the settings describe.
    public func makeCritic(stateSize: Int, actionSize: Int) -> any Critic {
        critic.makeCritic(
            stateSize: stateSize, actionSize: actionSize, architecture: architecture, baseline: baseline)
    }
}

/// An off-policy algorithm by name. A new one appears in every command once it is in `all`.
public struct OffPolicyAlgorithm: Sendable {
    public let name: String
    /// One line for lists and help.
    public let summary: String
    private let type: any OffPolicyConfiguration.Type

    private init(_ type: any OffPolicyConfiguration.Type) {
        name = type.algorithm
        summary = type.summary
        self.type = type
    }

    /// All algorithms; the first is the default.
    public static let all = [OffPolicyAlgorithm(TD3Configuration.self), OffPolicyAlgorithm(SACConfiguration.self)]

    /// The algorithm of that name; nil if there is none.
    public static func named(_ name: String) -> OffPolicyAlgorithm? { all.first { $0.name == name } }

    /// The defaults for a critic and an environment.
    public func configuration(critic: CriticKind, environment: String) -> AgentConfiguration {
        AgentConfiguration(type.init(critic: critic, environment: environment))
    }
}

/// The settings of an agent, whatever its algorithm: a value that compares and copies as such.
@dynamicMemberLookup
public struct AgentConfiguration: Hashable, Sendable {
    public var base: any OffPolicyConfiguration

    public init(_ base: any OffPolicyConfiguration) { self.base = base }

    public var algorithm: String { Swift.type(of: base).algorithm }

    /// Losses and means that the agent tells; a column of progress.csv each.
    public var metrics: [UpdateMetric] { Swift.type(of: base).metrics }

    /// What every off-policy configuration has.
    public subscript<Value>(dynamicMember path: WritableKeyPath<any OffPolicyConfiguration, Value>) -> Value {
        get { base[keyPath: path] }
        set { base[keyPath: path] = newValue }
    }

    /// Environment steps before the first update.
    public var stepsBeforeUpdates: Int { base.stepsBeforeUpdates }

    /// Updates after which their costs repeat.
    public var updatePeriod: Int { base.updatePeriod }

    /// Lets updates begin when so many random steps from the start are over.
    public mutating func beginUpdates(afterRandomSteps count: Int) { base.beginUpdates(afterRandomSteps: count) }

    /// The present value of every setting, in order.
    public var settingValues: [(name: String, value: String)] { base.settingValues }

    /// Every setting with its present value, in order.
    public var settingTable: [SettingDescription] { base.settingTable }

    /// Whether a setting of this name is another way to set what a second one holds.
    public func isShorthand(_ name: String) -> Bool { Swift.type(of: base).isShorthand(name) }

    /// Sets a field by name.
    ///
    /// - Throws: `SettingError` if the name is unknown, the value out of range, or the setting does not apply; nothing is
    ///   changed then.
    public mutating func set(_ name: String, to value: String) throws(SettingError) { try base.set(name, to: value) }

    /// Sets several fields, in order, and checks that the result fits together.
    ///
    /// - Throws: `SettingError`.
    public mutating func set(_ settings: [(key: String, value: String)]) throws(SettingError) {
        try base.set(settings)
    }

    /// - Throws: `SettingError.conflict` if values do not fit together.
    public func validate() throws(SettingError) { try base.validate() }

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: At least one; all different.
    public func makeAgent(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32], backend: any Backend
    ) throws -> any OffPolicyAgent {
        try base.makeAgent(
            stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds, backend: backend)
    }

    /// The policy alone, for weights that are there already.
    ///
    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: How many there are, at least one.
    public func makeStandalonePolicy(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int, backend: any Backend
    ) throws -> StandalonePolicy {
        try base.makeStandalonePolicy(
            stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds, backend: backend)
    }

    public static func == (lhs: AgentConfiguration, rhs: AgentConfiguration) -> Bool {
        AnyHashable(lhs.base) == AnyHashable(rhs.base)
    }

    public func hash(into hasher: inout Hasher) { base.hash(into: &hasher) }
}
