/// Why the physics gave up on a state. MuJoCo has then put the simulation back to its start, so the step has no result.
public enum Divergence: Equatable, Sendable, Codable, CustomStringConvertible {
    /// A position (qpos) is not finite or beyond 10¹⁰.
    case badPosition
    /// A velocity (qvel) is not finite or beyond 10¹⁰.
    case badVelocity
    /// An acceleration (qacc) is not finite or beyond 10¹⁰.
    case badAcceleration
    /// A number of the action is not finite.
    case badControl
    /// MuJoCo raised an error; the text is its own.
    case libraryError(String)

    /// MuJoCo's name of the warning, or its error text.
    public var description: String {
        switch self {
        case .badPosition: "BADQPOS"
        case .badVelocity: "BADQVEL"
        case .badAcceleration: "BADQACC"
        case .badControl: "BADCTRL"
        case .libraryError(let message): "error: \(message)"
        }
    }
}

/// What one control step led to, apart from the observation.
public struct StepResult: Equatable, Sendable {
    /// Reward in environment units; 0 when the simulation diverged.
    public var reward: Double
    /// The task's own rule ended the episode: the state is terminal, nothing is earned after it.
    public var terminated: Bool
    /// The episode was cut off without being terminal: by the time limit, or because the simulation diverged.
    public var truncated: Bool
    /// Set if the simulation diverged. The transition means nothing and must be dropped; the observation is the one before it.
    public var divergence: Divergence?

    /// The episode is over, for whatever reason; reset before the next step.
    public var isOver: Bool { terminated || truncated }

    public init(reward: Double, terminated: Bool, truncated: Bool, divergence: Divergence? = nil) {
        self.reward = reward
        self.terminated = terminated
        self.truncated = truncated
        self.divergence = divergence
    }

    /// The result of an environment that was not stepped.
    public static let none = StepResult(reward: 0, terminated: false, truncated: false)
}
