/// What an algorithm opens for measurements; each view is nil where it has nothing of the kind.
public struct ProbeViews {
    /// Twin critics and a policy that follows their action gradient.
    public var actorCritic: (any ActorCriticAgent)?

    public init(actorCritic: (any ActorCriticAgent)? = nil) { self.actorCritic = actorCritic }
}

/// A learner to be measured.
public struct ProbeSubject {
    public let learner: Learner
    public let views: ProbeViews

    public init(learner: Learner, views: ProbeViews) {
        self.learner = learner
        self.views = views
    }
}
