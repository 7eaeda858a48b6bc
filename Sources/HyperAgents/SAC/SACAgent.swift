import HyperModels
import HyperTensor

/// SAC on a backend: state, compiled programs and the replay of all seeds.
public final class SACAgent: ActorCriticAgent {
    public let configuration: SACConfiguration
    public let networks: SACNetworks
    public let core: ActorCriticCore
    /// Updates done.
    public private(set) var updates = 0

    private let program: UpdateProgram
    private let exploration: Exploration

    public var stepsBeforeUpdates: Int { configuration.stepsBeforeUpdates }

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: At least one; all different.
    public init(
        _ configuration: SACConfiguration, stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32],
        backend: any Backend
    ) throws {
        self.configuration = configuration
        var layout = StateLayout()
        let networks = try SACNetworks(
            configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds.count,
            in: &layout)
        self.networks = networks
        core = try ActorCriticCore(
            behind: layout, configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit,
            seeds: seeds, backend: backend)
        try networks.initialize(core.learner.state, seeds: seeds)
        program = try UpdateProgram(
            SACUpdate(networks, configuration).makeProgram(core.frame), backend: backend, state: core.learner.state)
        exploration = try core.makeExploration("sac.explore") { observations, noise, trace in
            networks.actor.distribution(
                states: observations, Parameters(reading: networks.actorParameters, in: trace)
            ).action(noise: noise)
        }
    }

    // MARK: Acting

    public func explore(
        _ observations: UnsafeBufferPointer<Float>, step: Int, into actions: UnsafeMutableBufferPointer<Float>
    ) throws {
        if step < configuration.randomSteps { return core.actRandomly(step: step, into: actions) }
        try exploration.act(observations, step: step, into: actions)
    }

    /// Acts with `L · tanh(μ)`.
    public func makePolicy(batch: Int) throws -> any Policy {
        try core.makePolicy("sac.act", batch: batch) { observations, trace in
            networks.actor.meanAction(
                states: observations, Parameters(reading: networks.actorParameters, in: trace))
        }
    }

    // MARK: Learning

    public func update(step: Int) throws {
        updates += 1
        try networks.giveScales(step: updates) { try program.set($0, $1) }
        try program.run(step: step, drawingFrom: replay)
    }

    public func latestMetrics() throws -> [(name: String, values: [Float])] {
        guard program.hasRun else { return [] }
        return try program.metrics.map { (name: $0.rawValue, values: try program.values(of: $0)) }
    }
}

extension SACAgent: Checkpointable {
    static let updatesName = "sac.updates"

    public func save(_ seed: Int, into values: inout SavedValues) throws {
        values[Self.updatesName] = .integers([updates])
    }

    public func restore(_ seed: Int, from values: SavedValues) throws {
        updates = try values.count(Self.updatesName)
    }
}

// MARK: Measuring

extension SACAgent {
    public var discount: Double { configuration.discount }
    public var rewardScale: Double { configuration.rewardScale }
    public var critics: TwinCritics { networks.critics }
    public var baseline: BaselineArchitecture { configuration.baseline }

    public func actorParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.actorParameters, in: trace)
    }

    public func meanAction(states: Tensor, _ actor: Parameters) -> Tensor {
        networks.actor.meanAction(states: states, actor)
    }
}
