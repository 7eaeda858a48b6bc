import HyperModels
import HyperTensor

/// The networks of SAC and where their parameters lie: twin critics with targets, one actor (member axis 1), the entropy
/// coefficient, and Adam's moments, for all seeds.
public struct SACNetworks: Sendable {
    public let critics: TwinCritics
    public let actor: GaussianActor
    public let actorArenas: NetworkArenas
    public let actorOptimizer: AdamOptimizer
    public let temperature: Temperature

    public var actorParameters: Arena { actorArenas.parameters }

    /// Adds all arenas to `layout`.
    ///
    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - critic: A critic other than the configuration's, for studies and tests.
    public init(
        _ configuration: SACConfiguration, stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int,
        critic: (any Critic)? = nil, in layout: inout StateLayout
    ) throws {
        critics = try TwinCritics(
            critic ?? configuration.makeCritic(stateSize: stateSize, actionSize: actionSize),
            learningRate: configuration.criticLearningRate, seeds: seeds, in: &layout)
        actor = configuration.makeActorNetwork(
            stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit)
        actorArenas = try NetworkArenas(
            StandalonePolicy.arenaName, actor.parameters, seeds: seeds, members: 1, in: &layout)
        actorOptimizer = try AdamOptimizer(
            actorArenas.parameters, learningRate: configuration.actorLearningRate, in: &layout)
        temperature = try Temperature(configuration, actionSize: actionSize, seeds: seeds, in: &layout)
    }

    /// Gives the host's part of every optimiser at an update, from 1.
    func giveScales(
        step: Int, to program: (OptimizerInput, AdamOptimizer.Scale) throws -> Void
    ) rethrows {
        try program(.critic, critics.optimizer.scale(step: step))
        try program(.actor, actorOptimizer.scale(step: step))
        if let optimizer = temperature.optimizer { try program(.entropy, optimizer.scale(step: step)) }
    }

    /// Draws initial parameters; log α begins at 0.
    func initialize(_ state: any StateStore, seeds: [UInt32]) throws {
        try critics.initialize(state, seeds: seeds)
        try state.initialize(actorArenas, actor.parameters, seeds: seeds, network: .actor)
    }
}

/// The entropy coefficient α in a program: a number, or the exponential of a learned variable of each seed.
public struct Temperature: Sendable {
    private let fixed: Double
    private let seeds: Int
    /// Of log α, `[seeds, 1, 1, 1]`; nil where α is fixed.
    public let optimizer: AdamOptimizer?
    /// The entropy that a learned α leads the policy to, −|A| nats.
    public let targetEntropy: Double

    /// Adds the arena `log_alpha` with moments to `layout`, where α is learned.
    init(_ configuration: SACConfiguration, actionSize: Int, seeds: Int, in layout: inout StateLayout) throws {
        self.seeds = seeds
        targetEntropy = -Double(actionSize)
        switch configuration.entropy {
        case .fixed(let value):
            fixed = value
            optimizer = nil
        case .automatic:
            fixed = 1
            let variable = try layout.addVariable(
                "log_alpha", TensorType(.float32, [seeds, 1, 1, 1]), role: .statistic)
            optimizer = try layout.arena(named: variable.arena).map {
                try AdamOptimizer($0, learningRate: configuration.entropyLearningRate, in: &layout)
            }
        }
    }

    /// α as it is at this point of the program, `[seeds, 1, 1, 1]`; no gradient of it is wanted.
    func value(in trace: Trace) -> Tensor {
        guard let optimizer else { return trace.constant(fixed, [seeds, 1, 1, 1]) }
        return trace.read(optimizer.parameters.variables[0]).exp()
    }
}
