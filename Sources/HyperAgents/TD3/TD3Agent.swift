import HyperModels
import HyperRandom
import HyperTensor

/// TD3 on a backend: state, compiled programs and the replay of all seeds.
public final class TD3Agent: OffPolicyAgent {
    public let configuration: TD3Configuration
    public let networks: TD3Networks
    public let seeds: [UInt32]
    public let backend: any Backend
    public let state: any StateStore
    public let replay: Replay
    /// Critic updates done.
    public private(set) var updates = 0
    /// Actor updates done.
    public private(set) var policyUpdates = 0

    private let criticUpdate: any CompiledProgram
    private let delayedUpdate: any CompiledProgram
    private let exploration: any CompiledProgram
    private let lossFlags: Variable
    /// The losses of the latest actor update, `[seeds]`: an update of the critics alone gives none.
    private var actorLosses: [Float] = []
    /// Whether this process has updated the actor, so that the program holds its losses.
    private var hasActorLosses = false
    private let randomStreams: [RandomStream]
    private let stateSize: Int
    private let actionSize: Int

    public var randomSteps: Int { configuration.randomSteps }
    public var parameterArenas: [Arena] { networks.criticArenas.all + networks.actorArenas.all }
    public var savedArenas: [Arena] { state.layout.arenas.filter { $0.name != replay.table.arena } }

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - seeds: At least one; all different.
    public init(
        _ configuration: TD3Configuration, stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32],
        backend: any Backend
    ) throws {
        precondition(!seeds.isEmpty, "TD3Agent: no seeds")
        self.configuration = configuration
        self.seeds = seeds
        self.backend = backend
        self.stateSize = stateSize
        self.actionSize = actionSize
        var layout = StateLayout()
        networks = try TD3Networks(
            configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds.count,
            in: &layout)
        let transitions = TransitionLayout(stateSize: stateSize, actionSize: actionSize)
        let table = try Replay.addTable(
            transitions, seeds: seeds.count, capacity: configuration.replayCapacity, to: &layout)
        lossFlags = try layout.addVariable("losses_were_finite", TensorType(.float32, [seeds.count]))
        state = try backend.makeState(layout)
        try networks.initialize(state, seeds: seeds)
        try state.write([Float](repeating: 1, count: seeds.count), to: lossFlags)
        replay = try Replay(transitions, table: table, backend: backend, state: state)
        let update = TD3Update(
            networks: networks, configuration: configuration, replay: table, transitions: transitions, seeds: seeds,
            lossFlags: lossFlags)
        criticUpdate = try backend.compile(update.makeProgram(includesPolicy: false), state: state)
        delayedUpdate = try backend.compile(update.makeProgram(includesPolicy: true), state: state)
        exploration = try backend.compile(
            Self.explorationProgram(
                networks, configuration, seeds: seeds, stateSize: stateSize, actionSize: actionSize),
            state: state)
        randomStreams = seeds.map { RandomStream(seed: $0, stream: .randomAction) }
    }

    // MARK: Acting

    /// `clip(π(s) + L · σ ε, −L, L)`.
    private static func explorationProgram(
        _ networks: TD3Networks, _ configuration: TD3Configuration, seeds: [UInt32], stateSize: Int, actionSize: Int
    ) throws -> Program {
        try Program.trace("td3.explore") { trace in
            let observations = trace.input("observations", TensorType(.float32, [seeds.count, 1, 1, stateSize]))
            let step = trace.input("step", TensorType(.int32, [1]))
            let actions = networks.actor(
                states: observations, Parameters(reading: networks.actorParameters, in: trace))
            let noise = trace.random(
                .normal, .exploration, seeds: trace.seeds(seeds), step: step, shape: actions.shape)
            let limit = networks.actionLimit
            trace.output(
                "actions",
                (actions + noise * (configuration.explorationNoise * limit)).clamped(to: -limit...limit))
        }
    }

    public func explore(
        _ observations: UnsafeBufferPointer<Float>, step: Int, into actions: UnsafeMutableBufferPointer<Float>
    ) throws {
        if step < configuration.randomSteps {
            let limit = Float(networks.actionLimit)
            for (seed, stream) in randomStreams.enumerated() {
                for lane in 0..<actionSize {
                    let uniform = stream.uniform(step: UInt64(step), lane: UInt32(lane))
                    actions[seed * actionSize + lane] = limit * (2 * uniform - 1)
                }
            }
            return
        }
        try exploration.setInput(0, UnsafeRawBufferPointer(observations))
        try exploration.setStep(1, step)
        try exploration.run()
        try exploration.readOutput(0, into: UnsafeMutableRawBufferPointer(actions))
    }

    public func makePolicy(batch: Int) throws -> any Policy {
        let program = try Program.trace("td3.act") { trace in
            let observations = trace.input(
                "observations", TensorType(.float32, [seeds.count, 1, batch, stateSize]))
            trace.output(
                "actions",
                networks.actor(states: observations, Parameters(reading: networks.actorParameters, in: trace)))
        }
        return ProgramPolicy(try backend.compile(program, state: state))
    }

    // MARK: Learning

    public func update(step: Int) throws {
        updates += 1
        let isDelayed = updates % configuration.policyDelay == 0
        let program = isDelayed ? delayedUpdate : criticUpdate
        try program.setStep(0, step)
        try program.setInput(1, UnsafeRawBufferPointer(replay.counts))
        try program.setPair(2, networks.criticOptimizer.scale(step: updates))
        if isDelayed {
            policyUpdates += 1
            hasActorLosses = true
            try program.setPair(3, networks.actorOptimizer.scale(step: policyUpdates))
        }
        try program.run()
    }

    public func latestMetrics() throws -> [(name: String, values: [Float])] {
        guard updates > 0 else { return [] }
        let latest = updates % configuration.policyDelay == 0 ? delayedUpdate : criticUpdate
        var metrics: [(name: String, values: [Float])] = [
            ("critic_loss", try latest.output(0)), ("value_mean", try latest.output(1)),
        ]
        if hasActorLosses { actorLosses = try delayedUpdate.output(2) }
        if policyUpdates > 0 { metrics.append(("actor_loss", actorLosses)) }
        return metrics
    }

    public func lossesWereFinite() throws -> [Bool] { try state.floats(lossFlags).map { $0 == 1 } }
}

extension TD3Agent: Checkpointable {
    public func save(_ seed: Int, into values: inout SavedValues) throws {
        values["td3.updates"] = .integers([updates])
        values["td3.policy_updates"] = .integers([policyUpdates])
        if hasActorLosses { actorLosses = try delayedUpdate.output(2) }
        values["td3.actor_loss"] = .doubles(policyUpdates > 0 ? [Double(actorLosses[seed])] : [])
    }

    public func restore(_ seed: Int, from values: SavedValues) throws {
        updates = try values.count("td3.updates")
        policyUpdates = try values.count("td3.policy_updates")
        if actorLosses.isEmpty { actorLosses = [Float](repeating: 0, count: seeds.count) }
        if policyUpdates > 0 { actorLosses[seed] = Float(try values.double("td3.actor_loss")) }
    }
}

extension CompiledProgram {
    /// Gives an i32 `[1]` input.
    func setStep(_ index: Int, _ step: Int) throws {
        var value = Int32(truncatingIfNeeded: step)
        try withUnsafeBytes(of: &value) { try setInput(index, $0) }
    }

    /// Gives an f32 `[2]` input.
    func setPair(_ index: Int, _ pair: (Double, Double)) throws {
        var value = SIMD2(Float(pair.0), Float(pair.1))
        try withUnsafeBytes(of: &value) { try setInput(index, $0) }
    }
}
