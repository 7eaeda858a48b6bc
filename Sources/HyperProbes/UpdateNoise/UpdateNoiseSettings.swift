import HyperAgents

/// How the noise of updates is measured (paper, §4.2 and App. C).
public struct UpdateNoiseSettings: Hashable, Sendable {
    /// Updates from one and the same state.
    public var repeats = 50

    public init() {}
}

extension UpdateNoiseSettings: Configurable {
    public static var settings: [Setting<UpdateNoiseSettings>] {
        [.integer("repeats", \.repeats, 2...1000, "Updates from the same state, each with random numbers of its own.")]
    }
}
