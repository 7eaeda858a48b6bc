import HyperModels
import HyperTensor

/// The networks of TD3 and where their parameters lie: twin critics (member axis 2), one actor (member axis 1), their
/// target copies and Adam's moments, for all seeds.
public struct TD3Networks: Sendable {
    public let critic: any Critic
    public let actor: DeterministicActor
    /// Parameters and buffers of the critics, and of their target copies.
    public let criticArenas: NetworkArenas
    public let criticTargetArenas: NetworkArenas
    public let actorArenas: NetworkArenas
    public let actorTargetArenas: NetworkArenas
    public let criticOptimizer: AdamOptimizer
    public let actorOptimizer: AdamOptimizer
    /// Actions lie in `-actionLimit...actionLimit`.
    public let actionLimit: Double

    public var criticParameters: Arena { criticArenas.parameters }
    public var actorParameters: Arena { actorArenas.parameters }
    public var criticTarget: Arena { criticTargetArenas.parameters }
    public var actorTarget: Arena { actorTargetArenas.parameters }

    /// Twin critics.
    static let members = 2

    /// Adds all arenas to `layout`.
    ///
    /// - Parameter critic: A critic other than the configuration's, for studies and tests.
    public init(
        _ configuration: TD3Configuration, stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int,
        critic: (any Critic)? = nil, in layout: inout StateLayout
    ) throws {
        self.critic =
            critic
            ?? configuration.critic.makeCritic(
                stateSize: stateSize, actionSize: actionSize, architecture: configuration.architecture,
                baseline: configuration.baseline)
        actor = DeterministicActor(
            stateSize: stateSize, actionSize: actionSize, hiddenSizes: configuration.actorHiddenSizes,
            actionLimit: actionLimit)
        self.actionLimit = actionLimit
        func add(_ name: String, _ list: ParameterList, _ members: Int) throws -> NetworkArenas {
            try NetworkArenas(name, list, seeds: seeds, members: members, in: &layout)
        }
        criticArenas = try add("critic", self.critic.parameters, Self.members)
        actorArenas = try add("actor", actor.parameters, 1)
        criticTargetArenas = try add("critic_target", self.critic.parameters, Self.members)
        actorTargetArenas = try add("actor_target", actor.parameters, 1)
        criticOptimizer = try AdamOptimizer(
            criticArenas.parameters, learningRate: configuration.criticLearningRate, in: &layout)
        actorOptimizer = try AdamOptimizer(
            actorArenas.parameters, learningRate: configuration.actorLearningRate, in: &layout)
    }

    /// Draws initial parameters; the targets begin as copies.
    func initialize(_ state: any StateStore, seeds: [UInt32]) throws {
        for (arena, target, list, network) in [
            (criticArenas, criticTargetArenas, critic.parameters, UInt64(0)),
            (actorArenas, actorTargetArenas, actor.parameters, UInt64(1)),
        ] {
            for copy in [arena, target] { try state.initialize(copy, list, seeds: seeds, network: network) }
        }
    }
}
