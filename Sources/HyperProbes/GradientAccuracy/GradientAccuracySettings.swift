import HyperAgents

/// How gradient accuracy is measured (paper, App. B).
public struct GradientAccuracySettings: Hashable, Sendable {
    /// What differs between the paper's text and its authors' program.
    public enum Variation: String, Hashable, Sendable, CaseIterable {
        /// One noisy action, then the policy, to the end of the episode; nothing is added at the time limit.
        case paper
        /// The first of a state's actions has no noise, first actions are held for three steps, and at the time limit
        /// the target critics' discounted value is added.
        case authors
    }

    /// Nₛ: states drawn from the policy's distribution.
    public var states = 15
    /// Nᵣ: trajectories from each state.
    public var trajectories = 15
    /// Standard deviation of the noise on the first actions, in units of the action limit.
    public var actionNoise = 0.3
    public var variation = Variation.paper

    public init() {}

    /// Steps for which a trajectory's first action is taken.
    var heldSteps: Int { variation == .authors ? 3 : 1 }
    var addsTargetValue: Bool { variation == .authors }
}

extension GradientAccuracySettings: Configurable {
    public static var settings: [Setting<GradientAccuracySettings>] {
        [
            .integer("states", \.states, 1...1000, unit: .states, "States drawn from the policy's distribution."),
            .integer(
                "trajectories", \.trajectories, 2...1000, unit: .trajectories, "Trajectories from each state."),
            .number(
                "action-noise", \.actionNoise, 0...10, unit: .actionLimits,
                "Standard deviation of the noise on first actions."),
            .choice("variation", \.variation, "The paper's procedure, or its authors' program."),
        ]
    }
}
