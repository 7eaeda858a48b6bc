/// A MuJoCo task as data: which body, what is seen, what is paid, when it ends, how it starts.
struct TaskDefinition: Sendable {
    /// What an observation is made of, in this order: qpos without its first numbers, qvel, then the extra part.
    struct Observation: Sendable {
        /// Numbers left out at the start of qpos: the coordinates along which the body travels.
        let skippedPositions: Int
        /// Velocities are clipped to ± this; nil for none.
        let velocityLimit: Double?
        let extra: Extra

        enum Extra: Sendable {
            case none
            /// The torso's frame origin, 3 numbers, as the last physics step left it.
            case torsoPosition
            /// Contact forces on every body, 6 numbers each, clipped to ±1.
            case contactForces
        }
    }

    /// The point whose motion along x is rewarded.
    enum TrackedPoint: Sendable {
        /// qpos[0].
        case rootCoordinate
        /// The torso's frame origin, which lags qpos by one physics step, as in Gym.
        case torso
    }

    /// The part of the reward that speaks of speed v = Δx / controlTimestep.
    enum Progress: Sendable {
        /// v
        case speed
        /// d · v for the goal's direction d
        case goalDirection
        /// −|v − goal's speed|
        case goalVelocity
    }

    /// progress + bonus − controlCost · Σ a² − contactCost · Σ clip(contact force, −1, 1)²
    struct Reward: Sendable {
        let tracked: TrackedPoint
        let progress: Progress
        let bonus: Double
        let controlCost: Double
        let contactCost: Double
    }

    /// When a state is terminal.
    enum Ending: Sendable {
        case never
        /// Not finite, any of state[2...] at 100 or beyond, height ≤ 0.7 or |angle| ≥ 0.2.
        case hopper
        /// Height outside (0.8, 2) or angle outside (−1, 1).
        case walker
        /// Not finite, or the torso's height outside [0.2, 1].
        case ant
    }

    /// What is added to the model's initial state at the start of an episode.
    enum ResetNoise: Sendable {
        /// U(−scale, scale) on qpos and qvel.
        case uniform(scale: Double)
        /// U(−scale, scale) on qpos, scale · N(0, 1) on qvel.
        case uniformAndNormal(scale: Double)
    }

    let id: String
    let summary: String
    let robot: RobotModel
    /// Physics steps in one control step.
    let frameSkip: Int
    /// Control steps in an episode.
    let timeLimit: Int
    /// Whether an action is clipped to [−1, 1] before it reaches motors and cost.
    let clipsActions: Bool
    let observation: Observation
    let reward: Reward
    let ending: Ending
    let resetNoise: ResetNoise
    let goalKind: GoalKind

    /// Seconds of one control step.
    var controlTimestep: Double { robot.physicsTimestep * Double(frameSkip) }

    /// Numbers in an observation.
    var observationSize: Int {
        let seen = robot.positionCount - observation.skippedPositions + robot.velocityCount
        switch observation.extra {
        case .none: return seen
        case .torsoPosition: return seen + 3
        case .contactForces: return seen + 6 * robot.bodyCount
        }
    }

    /// Contact forces cost an extra pass over the bodies, so they are computed only where they are seen or paid for.
    var needsContactForces: Bool {
        if case .contactForces = observation.extra { return true }
        return reward.contactCost != 0
    }
}
