import HyperRandom

/// One simulated task. What happens in it depends on its seed, lane, goal and actions only, never on other environments.
///
/// An environment owns some kilobytes. The simulation, which is a thousand times as large, is borrowed for every step and start
/// from those that all environments of the model share; a thread that finds none idle makes one.
public final class MuJoCoEnvironment: Environment {
    public let spec: EnvironmentSpec
    /// The seed of the run.
    public let seed: UInt32
    /// Which of the seed's environments this is.
    public let lane: UInt32
    /// What a meta task asks for.
    public private(set) var goal: TaskGoal
    public internal(set) var episodeIndex = 0
    public internal(set) var episodeStep = 0
    public internal(set) var episodeReturn = 0.0
    /// Set once the simulation has diverged; every step then reports it, until a reset.
    public internal(set) var divergence: Divergence?

    let task: TaskDefinition
    /// The simulation's state between two steps.
    let state: SimulationState
    /// The current observation, `[observationSize]`.
    let observationStorage: UnsafeMutableBufferPointer<Double>
    /// The torso's frame origin when the last step ended, in metres.
    var torsoPosition: SIMD3<Double> = .zero

    /// Where the simulation for a step or a start comes from.
    let simulations: SimulationPool
    private let noise: RandomStream
    private let torsoIndex: Int

    /// Numbers of noise an environment may draw at a reset: each lane owns this many lanes of the random stream.
    private static let noiseLanes: UInt32 = 256

    /// Makes an environment and begins episode 0.
    ///
    /// - Parameters:
    ///   - spec: A task of `EnvironmentSpec.all`.
    ///   - seed: Seed of the run.
    ///   - lane: Which of the seed's environments this is, below 2²⁴.
    ///   - stream: What the starting states are drawn from; `.evaluation` keeps evaluation apart from training.
    ///   - goal: The goal of a meta task; nil for the specification's.
    /// - Throws: `EnvironmentError` if the task is not simulated, the goal does not fit, or MuJoCo refuses the model or has no memory
    ///   for its first simulation.
    public convenience init(
        _ spec: EnvironmentSpec, seed: UInt32, lane: UInt32 = 0, stream: HyperRandom.Stream = .environment,
        goal: TaskGoal? = nil
    ) throws(EnvironmentError) {
        guard let task = spec.task else { throw .notSimulated(task: spec.id) }
        try self.init(
            spec, task, seed: seed, lane: lane, stream: stream, goal: goal, simulations: task.robot.simulations())
    }

    /// Makes an environment whose steps are taken by given simulations, which are of the task's model.
    init(
        _ spec: EnvironmentSpec, _ task: TaskDefinition, seed: UInt32, lane: UInt32, stream: HyperRandom.Stream,
        goal: TaskGoal?, simulations: SimulationPool
    ) throws(EnvironmentError) {
        precondition(lane < 1 << 24, "MuJoCoEnvironment: lane \(lane) is too large; give one below \(1 << 24)")
        let goal = goal ?? spec.goal
        guard spec.goalKind.accepts(goal) else { throw .unfitGoal(task: spec.id, goal: goal, expected: spec.goalKind) }
        self.spec = spec
        self.seed = seed
        self.lane = lane
        self.goal = goal
        self.task = task
        self.simulations = simulations
        torsoIndex = try simulations.model.bodyIndex("torso")
        state = SimulationState(simulations.model)
        observationStorage = .allocate(capacity: spec.observationSize)
        observationStorage.initialize(repeating: 0)
        noise = RandomStream(seed: seed, stream: stream)
        reset(toEpisode: 0)
    }

    deinit {
        observationStorage.deallocate()
    }

    // MARK: Episodes

    public func reset(toEpisode index: Int) {
        precondition(index >= 0, "MuJoCoEnvironment: there is no episode \(index); give an index from 0")
        episodeIndex = index
        state.reset()
        let (episode, first) = (UInt64(index), lane * Self.noiseLanes)
        let positions = state.positions
        let velocities = state.velocities
        let velocityLane = first + UInt32(positions.count)
        switch task.resetNoise {
        case .uniform(let scale):
            for i in positions.indices { positions[i] += symmetricUniform(scale, episode, first + UInt32(i)) }
            for i in velocities.indices { velocities[i] = symmetricUniform(scale, episode, velocityLane + UInt32(i)) }
        case .uniformAndNormal(let scale):
            for i in positions.indices { positions[i] += symmetricUniform(scale, episode, first + UInt32(i)) }
            for i in velocities.indices {
                velocities[i] = scale * Double(noise.normal(step: episode, lane: velocityLane + UInt32(i)))
            }
        }
        beginEpisode()
    }

    private func symmetricUniform(_ scale: Double, _ episode: UInt64, _ lane: UInt32) -> Double {
        scale * (2 * Double(noise.uniform(step: episode, lane: lane)) - 1)
    }

    /// Starts the current episode over from a given state.
    ///
    /// - Parameters:
    ///   - qpos: Positions, `[nq]`.
    ///   - qvel: Velocities, `[nv]`.
    /// - Throws: `EnvironmentError.wrongSize`; the environment is then unchanged.
    public func setState(qpos: [Double], qvel: [Double]) throws(EnvironmentError) {
        try checkSize(qpos.count, state.positions.count, "qpos")
        try checkSize(qvel.count, state.velocities.count, "qvel")
        state.reset()
        _ = state.positions.update(fromContentsOf: qpos)
        _ = state.velocities.update(fromContentsOf: qvel)
        beginEpisode()
    }

    /// Gives a meta task another goal, from the next step on.
    ///
    /// - Throws: `EnvironmentError.unfitGoal`.
    public func setGoal(_ goal: TaskGoal) throws(EnvironmentError) {
        guard spec.goalKind.accepts(goal) else { throw .unfitGoal(task: spec.id, goal: goal, expected: spec.goalKind) }
        self.goal = goal
    }

    private func beginEpisode() {
        episodeStep = 0
        episodeReturn = 0
        simulations.borrow { simulation in
            simulation.load(state)
            divergence = simulation.forward()
            simulation.save(to: state)
            torsoPosition = simulation.bodyPosition(torsoIndex)
        }
        writeObservation()
    }

    func checkSize(_ count: Int, _ expected: Int, _ what: String) throws(EnvironmentError) {
        guard count == expected else { throw .wrongSize(task: spec.id, what: what, count: count, expected: expected) }
    }

    // MARK: Steps

    public func step(_ action: UnsafeBufferPointer<Float>) -> StepResult {
        checkAction(action.count)
        for i in action.indices { state.controls[i] = Double(action[i]) }
        return advance()
    }

    /// Takes one control step with an action in double precision, `[actionSize]`.
    public func step(_ action: [Double]) -> StepResult {
        checkAction(action.count)
        for i in action.indices { state.controls[i] = action[i] }
        return advance()
    }

    private func checkAction(_ count: Int) {
        precondition(
            count == spec.actionSize,
            "MuJoCoEnvironment: \(spec.id): the action has \(count) numbers (\(count) ≠ \(spec.actionSize)); give exactly \(spec.actionSize)"
        )
    }

    private func advance() -> StepResult {
        let controls = state.controls
        let before = trackedPosition
        if divergence == nil && !controls.allSatisfy(\.isFinite) {
            // MuJoCo clamps before it looks, so an infinite action would pass and cost an infinite reward.
            divergence = .badControl
        }
        if task.clipsActions { for i in controls.indices { controls[i] = controls[i].clipped(to: 1) } }
        if divergence == nil {
            simulations.borrow { simulation in
                simulation.load(state)
                divergence = simulation.advance(steps: task.frameSkip, computingForces: task.needsContactForces)
                simulation.save(to: state)
                if divergence == nil { torsoPosition = simulation.bodyPosition(torsoIndex) }
            }
        }
        episodeStep += 1
        if let divergence {
            return StepResult(reward: 0, terminated: false, truncated: true, divergence: divergence)
        }
        writeObservation()
        let reward = reward(speed: (trackedPosition - before) / spec.controlTimestep)
        episodeReturn += reward
        return StepResult(reward: reward, terminated: isTerminal, truncated: episodeStep >= spec.timeLimit)
    }

    /// Where the rewarded point is along x, in metres.
    private var trackedPosition: Double {
        switch task.reward.tracked {
        case .rootCoordinate: state.positions[0]
        case .torso: torsoPosition.x
        }
    }

    // MARK: Observations

    /// The current observation, a fresh array, `[observationSize]`.
    public var observation: [Double] { Array(observationStorage) }

    public func copyObservation(to target: UnsafeMutableBufferPointer<Float>) {
        precondition(
            target.count == spec.observationSize,
            "MuJoCoEnvironment: \(spec.id): room for \(target.count) numbers, an observation has \(spec.observationSize); give exactly that many"
        )
        for i in target.indices { target[i] = Float(observationStorage[i]) }
    }
}

extension Double {
    /// The number, no farther from 0 than `limit`; NaN stays NaN.
    func clipped(to limit: Double) -> Double {
        self > limit ? limit : (self < -limit ? -limit : self)
    }
}
