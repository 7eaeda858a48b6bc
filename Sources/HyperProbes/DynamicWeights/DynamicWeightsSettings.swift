import HyperAgents

/// How generated weights are looked at (paper, §D.3).
public struct DynamicWeightsSettings: Hashable, Sendable {
    /// Whether a generated weight is taken as the head gives it, or times its row's gain `1 + g`, as it acts.
    public enum Gains: String, Hashable, Sendable, CaseIterable {
        case excluded
        case included
    }

    /// States of the policy's distribution for which weights are generated.
    public var states = 100
    /// Equal bins over the joint range. The paper gives no number.
    public var bins = 100
    public var gains = Gains.excluded

    public init() {}
}

extension DynamicWeightsSettings: Configurable {
    public static var settings: [Setting<DynamicWeightsSettings>] {
        [
            .integer("states", \.states, 1...1000, unit: .states, "States for which weights are generated."),
            .integer("bins", \.bins, 1...10000, unit: .bins, "Equal bins of the histograms."),
            .choice("gains", \.gains, "Whether weights are taken with their gains."),
        ]
    }
}
