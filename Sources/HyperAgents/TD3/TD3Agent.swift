import HyperModels
import HyperTensor

/// TD3 on a backend: state, compiled programs and the replay of all seeds.
public final class TD3Agent: ActorCriticAgent {
    public let configuration: TD3Configuration
    public let networks: TD3Networks
    public let core: ActorCriticCore
    /// Critic updates done.
    public private(set) var updates = 0
    /// Actor updates done.
    public private(set) var policyUpdates = 0

    private let criticUpdate: UpdateProgram
    private let delayedUpdate: UpdateProgram
    private let exploration: Exploration
    /// The program of this process's latest update, which holds its losses.
    private var latestUpdate: UpdateProgram?
    /// The losses of the latest actor update, `[seeds]`: an update of the critics alone gives none.
    private var actorLosses: [Float] = []

    public var stepsBeforeUpdates: Int { configuration.stepsBeforeUpdates }

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: At least one; all different.
    public init(
        _ configuration: TD3Configuration, stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32],
        backend: any Backend
    ) throws {
        self.configuration = configuration
        var layout = StateLayout()
        let networks = try TD3Networks(
            configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds.count,
            in: &layout)
        self.networks = networks
        core = try ActorCriticCore(
            behind: layout, configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit,
            seeds: seeds, backend: backend)
        try networks.initialize(core.learner.state, seeds: seeds)
        let update = TD3Update(networks, configuration)
        criticUpdate = try UpdateProgram(
            update.makeProgram(core.frame, includesPolicy: false), backend: backend, state: core.learner.state)
        delayedUpdate = try UpdateProgram(
            update.makeProgram(core.frame, includesPolicy: true), backend: backend, state: core.learner.state)
        // clip(π(s) + L · σ ε, −L, L)
        exploration = try core.makeExploration("td3.explore") { observations, noise, trace in
            let actions = networks.actor(
                states: observations, Parameters(reading: networks.actorParameters, in: trace))
            return (actions + noise * (configuration.explorationNoise * actionLimit))
                .clamped(to: -actionLimit...actionLimit)
        }
    }

    // MARK: Acting

    public func explore(
        _ observations: UnsafeBufferPointer<Float>, step: Int, into actions: UnsafeMutableBufferPointer<Float>
    ) throws {
        if step < configuration.randomSteps { return core.actRandomly(step: step, into: actions) }
        try exploration.act(observations, step: step, into: actions)
    }

    public func makePolicy(batch: Int) throws -> any Policy {
        try core.makePolicy("td3.act", batch: batch) { observations, trace in
            networks.actor(states: observations, Parameters(reading: networks.actorParameters, in: trace))
        }
    }

    // MARK: Learning

    public func update(step: Int) throws {
        updates += 1
        let isDelayed = configuration.updatesPolicy(at: updates)
        let program = isDelayed ? delayedUpdate : criticUpdate
        try program.set(.critic, networks.critics.optimizer.scale(step: updates))
        if isDelayed {
            policyUpdates += 1
            try program.set(.actor, networks.actorOptimizer.scale(step: policyUpdates))
        }
        try program.run(step: step, drawingFrom: replay)
        latestUpdate = program
    }

    public func latestMetrics() throws -> [(name: String, values: [Float])] {
        guard let latestUpdate else { return [] }
        try readActorLosses()
        var metrics = try latestUpdate.metrics.filter { $0 != .actorLoss }.map {
            (name: $0.rawValue, values: try latestUpdate.values(of: $0))
        }
        if policyUpdates > 0 { metrics.append((UpdateMetric.actorLoss.rawValue, actorLosses)) }
        return metrics
    }

    /// Takes over the losses of this process's latest actor update, if it made one.
    private func readActorLosses() throws {
        if delayedUpdate.hasRun { actorLosses = try delayedUpdate.values(of: .actorLoss) }
    }
}

extension TD3Agent: Checkpointable {
    static let updatesName = "td3.updates"
    static let policyUpdatesName = "td3.policy_updates"
    static let actorLossName = "td3.actor_loss"

    public func save(_ seed: Int, into values: inout SavedValues) throws {
        values[Self.updatesName] = .integers([updates])
        values[Self.policyUpdatesName] = .integers([policyUpdates])
        try readActorLosses()
        values[Self.actorLossName] = .doubles(policyUpdates > 0 ? [Double(actorLosses[seed])] : [])
    }

    public func restore(_ seed: Int, from values: SavedValues) throws {
        updates = try values.count(Self.updatesName)
        policyUpdates = try values.count(Self.policyUpdatesName)
        if actorLosses.isEmpty { actorLosses = [Float](repeating: 0, count: seeds.count) }
        if policyUpdates > 0 { actorLosses[seed] = Float(try values.double(Self.actorLossName)) }
    }
}

// MARK: Measuring

extension TD3Agent {
    public var discount: Double { configuration.discount }
    public var rewardScale: Double { 1 }
    public var critics: TwinCritics { networks.critics }
    public var baseline: BaselineArchitecture { configuration.baseline }

    public func actorParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.actorParameters, in: trace)
    }

    public func meanAction(states: Tensor, _ actor: Parameters) -> Tensor {
        networks.actor(states: states, actor)
    }
}
