import HyperModels
import HyperTensor

/// The networks of TD3 and where their parameters lie: twin critics, one actor (member axis 1), their target copies and
/// Adam's moments, for all seeds.
public struct TD3Networks: Sendable {
    public let critics: TwinCritics
    public let actor: DeterministicActor
    public let actorArenas: NetworkArenas
    public let actorTargetArenas: NetworkArenas
    public let actorOptimizer: AdamOptimizer
    /// Actions lie in `-actionLimit...actionLimit`.
    public let actionLimit: Double

    public var actorParameters: Arena { actorArenas.parameters }
    public var actorTarget: Arena { actorTargetArenas.parameters }

    /// Adds all arenas to `layout`.
    ///
    /// - Parameter critic: A critic other than the configuration's, for studies and tests.
    public init(
        _ configuration: TD3Configuration, stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int,
        critic: (any Critic)? = nil, in layout: inout StateLayout
    ) throws {
        critics = try TwinCritics(
            critic ?? configuration.makeCritic(stateSize: stateSize, actionSize: actionSize),
            learningRate: configuration.criticLearningRate, seeds: seeds, in: &layout)
        actor = configuration.makeActorNetwork(
            stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit)
        self.actionLimit = actionLimit
        actorArenas = try NetworkArenas(
            StandalonePolicy.arenaName, actor.parameters, seeds: seeds, members: 1, in: &layout)
        actorTargetArenas = try NetworkArenas(
            "actor_target", actor.parameters, seeds: seeds, members: 1, role: .target, in: &layout)
        actorOptimizer = try AdamOptimizer(
            actorArenas.parameters, learningRate: configuration.actorLearningRate, in: &layout)
    }

    /// Draws initial parameters; the targets begin as copies.
    func initialize(_ state: any StateStore, seeds: [UInt32]) throws {
        try critics.initialize(state, seeds: seeds)
        for copy in [actorArenas, actorTargetArenas] {
            try state.initialize(copy, actor.parameters, seeds: seeds, network: .actor)
        }
    }
}
