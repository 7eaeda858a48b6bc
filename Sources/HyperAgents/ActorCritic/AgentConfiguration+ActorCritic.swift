import HyperModels

/// What reports ask of actor-critics.
extension AgentConfiguration {
    /// The action-value network; nil for an algorithm that has none.
    public var critic: CriticKind? { (base as? any ActorCriticConfiguration)?.critic }

    /// Environment steps with uniformly random actions, from the start; 0 for an algorithm that has none.
    public var randomSteps: Int { (base as? any ActorCriticConfiguration)?.randomSteps ?? 0 }
}
