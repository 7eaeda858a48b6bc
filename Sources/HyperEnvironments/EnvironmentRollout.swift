/// One line of a rollout: the start, or what one action led to.
public struct RolloutRow: Equatable, Sendable {
    /// 0 for the start, then the number of actions taken.
    public let step: Int
    /// The observation after the action, `[observationSize]`.
    public let observation: [Double]
    public let reward: Double
    public let terminated: Bool
    public let truncated: Bool
    public let divergence: Divergence?
}

/// A start for a rollout.
public struct RolloutState: Equatable, Sendable, Codable {
    public var qpos: [Double]
    public var qvel: [Double]

    public init(qpos: [Double], qvel: [Double]) {
        self.qpos = qpos
        self.qvel = qvel
    }
}

/// Plays given actions and reports every step, to compare the tasks with other implementations.
public enum EnvironmentRollout {
    /// Runs a task through a list of actions.
    ///
    /// Goes on after a terminal state and after the time limit; ends early only if the simulation diverges, with the row that says so.
    ///
    /// - Parameters:
    ///   - spec: A task of `EnvironmentSpec.all`.
    ///   - actions: One action a step, each `[actionSize]`.
    ///   - state: The start; nil for the seed's first episode.
    ///   - goal: The goal of a meta task; nil for the standard one.
    ///   - seed: Seed of the start.
    ///   - body: Called with every row as it is made.
    /// - Throws: `EnvironmentError` before the first row if a size or the goal is wrong; whatever `body` throws.
    public static func run(
        _ spec: EnvironmentSpec, actions: [[Double]], state: RolloutState? = nil, goal: TaskGoal? = nil,
        seed: UInt32 = 0,
        _ body: (RolloutRow) throws -> Void
    ) throws {
        for (index, action) in actions.enumerated() where action.count != spec.actionSize {
            throw EnvironmentError.wrongSize(
                task: spec.id, what: "action \(index + 1)", count: action.count, expected: spec.actionSize)
        }
        let environment = try MuJoCoEnvironment(spec, seed: seed, goal: goal)
        if let state { try environment.setState(qpos: state.qpos, qvel: state.qvel) }
        var row = RolloutRow(
            step: 0, observation: environment.observation, reward: 0, terminated: false, truncated: false,
            divergence: environment.divergence)
        try body(row)
        for (index, action) in actions.enumerated() {
            let result = environment.step(action)
            row = RolloutRow(
                step: index + 1, observation: environment.observation, reward: result.reward,
                terminated: result.terminated,
                truncated: result.truncated, divergence: result.divergence)
            try body(row)
            if result.divergence != nil { return }
        }
    }
}
