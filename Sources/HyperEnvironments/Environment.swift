/// A world an agent acts in, one episode after the other. Not safe to use from two threads at once.
///
/// An environment starts in its first episode, so it can be stepped as soon as it is made. Stepping allocates nothing.
public protocol Environment: AnyObject {
    /// Sizes, limits and name.
    var spec: EnvironmentSpec { get }
    /// Episodes begun before this one, from 0.
    var episodeIndex: Int { get }
    /// Control steps taken in this episode.
    var episodeStep: Int { get }
    /// Sum of the rewards of this episode.
    var episodeReturn: Double { get }

    /// Begins an episode. The same index gives the same start.
    func reset(toEpisode index: Int)
    /// Takes one control step; `action` has shape `[actionSize]`. Goes on after a terminal state, if the caller does.
    func step(_ action: UnsafeBufferPointer<Float>) -> StepResult
    /// Writes the current observation, shape `[observationSize]`, rounded to `Float`.
    func copyObservation(to target: UnsafeMutableBufferPointer<Float>)

    /// What the task asks for; `.none` for a single task.
    var goal: TaskGoal { get }
    /// Gives a task with goals another one, from the next step on.
    ///
    /// - Throws: `EnvironmentError.unfitGoal`.
    func setGoal(_ goal: TaskGoal) throws(EnvironmentError)

    /// Everything that decides how the environment goes on.
    func snapshot() -> EnvironmentSnapshot
    /// Goes back to a snapshot; what follows is then the same bit for bit.
    ///
    /// - Throws: `EnvironmentError` if the snapshot belongs to another task.
    func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError)
}

extension Environment {
    /// Begins the next episode.
    public func reset() {
        reset(toEpisode: episodeIndex + 1)
    }

    /// A single task.
    public var goal: TaskGoal { .none }

    public func setGoal(_ goal: TaskGoal) throws(EnvironmentError) {
        guard goal == .none else { throw .unfitGoal(task: spec.id, goal: goal, expected: .none) }
    }
}

/// The state of one environment between two steps, for checkpoints.
public struct EnvironmentSnapshot: Equatable, Sendable, Codable {
    /// The task's id.
    public var id: String
    /// qpos: metres, radians, quaternions.
    public var positions: [Double]
    /// qvel: metres and radians per second.
    public var velocities: [Double]
    /// Where MuJoCo's constraint solver starts from (qacc_warmstart).
    public var accelerationWarmstart: [Double]
    /// Simulated seconds since the episode began.
    public var time: Double
    /// The torso's frame origin as the last step left it, one physics step behind `positions`.
    public var torsoPosition: [Double]
    /// The current observation.
    public var observation: [Double]
    /// Episodes begun before this one.
    public var episodeIndex: Int
    /// Control steps taken in this episode.
    public var episodeStep: Int
    /// Sum of the rewards of this episode.
    public var episodeReturn: Double
    /// The goal of a meta task.
    public var goal: TaskGoal
    /// Set if the simulation has diverged and waits for a reset.
    public var divergence: Divergence?

    public init(
        id: String, positions: [Double], velocities: [Double], accelerationWarmstart: [Double], time: Double,
        torsoPosition: [Double], observation: [Double], episodeIndex: Int, episodeStep: Int, episodeReturn: Double,
        goal: TaskGoal = .none, divergence: Divergence? = nil
    ) {
        self.id = id
        self.positions = positions
        self.velocities = velocities
        self.accelerationWarmstart = accelerationWarmstart
        self.time = time
        self.torsoPosition = torsoPosition
        self.observation = observation
        self.episodeIndex = episodeIndex
        self.episodeStep = episodeStep
        self.episodeReturn = episodeReturn
        self.goal = goal
        self.divergence = divergence
    }
}
