import HyperModels
import HyperTensor

/// The networks of TD3 and where their parameters lie: twin critics (member axis 2), one actor (member axis 1), their
/// target copies and Adam's moments, for all seeds.
public struct TD3Networks: Sendable {
    public let critic: any Critic
    public let actor: DeterministicActor
    public let criticParameters: Arena
    public let actorParameters: Arena
    public let criticTarget: Arena
    public let actorTarget: Arena
    public let criticOptimizer: AdamOptimizer
    public let actorOptimizer: AdamOptimizer
    /// Actions lie in `-actionLimit...actionLimit`.
    public let actionLimit: Double

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
        criticParameters = try layout.addArena(
            "critic", self.critic.parameters.members(seeds: seeds, members: Self.members))
        actorParameters = try layout.addArena("actor", actor.parameters.members(seeds: seeds, members: 1))
        criticTarget = try layout.addArena("critic_target", like: criticParameters)
        actorTarget = try layout.addArena("actor_target", like: actorParameters)
        criticOptimizer = try AdamOptimizer(
            criticParameters, learningRate: configuration.criticLearningRate, in: &layout)
        actorOptimizer = try AdamOptimizer(actorParameters, learningRate: configuration.actorLearningRate, in: &layout)
    }

    /// Draws initial parameters; the targets begin as copies.
    func initialize(_ state: any StateStore, seeds: [UInt32]) throws {
        for (arena, target, list, network) in [
            (criticParameters, criticTarget, critic.parameters, UInt64(0)),
            (actorParameters, actorTarget, actor.parameters, UInt64(1)),
        ] {
            try state.initialize(arena, list, seeds: seeds, network: network)
            try state.initialize(target, list, seeds: seeds, network: network)
        }
    }
}
