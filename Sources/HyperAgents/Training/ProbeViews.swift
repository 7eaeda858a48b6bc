/// What an algorithm opens for measurements; each view is nil where it has nothing of the kind.
public struct ProbeViews {
    /// Twin critics and a policy that follows their action gradient.
    public var actorCritic: (any ActorCriticAgent)?
    /// Updates that can be tried and taken back.
    public var updates: (any RepeatedUpdates)?

    public init(actorCritic: (any ActorCriticAgent)? = nil, updates: (any RepeatedUpdates)? = nil) {
        self.actorCritic = actorCritic
        self.updates = updates
    }
}

/// Training that can be tried from where it stands, again and again with other random numbers.
public protocol RepeatedUpdates: AnyObject {
    /// Does one progress unit with the random numbers of a repeat, evaluates what it leads to, and takes everything back.
    ///
    /// - Parameters:
    ///   - repetition: Which repeat; nil evaluates without an update. All evaluations of a state are of the same episodes.
    ///   - isIncluded: Seeds to evaluate, by position.
    /// - Returns: The deciding mean return of each seed; nil where it has none, and for seeds left out.
    func performances(
        of repetition: Int?, isIncluded: (Int) -> Bool, shouldStop: () -> Bool
    ) throws -> Stoppable<[Double?]>
}

/// A learner to be measured.
public struct ProbeSubject {
    public let learner: Learner
    public let views: ProbeViews
    /// What takes the whole of a checkpoint, where measurements go on from it; nil where tensors are enough.
    public let trainer: (any Trainer)?

    /// A learner whose tensors are all that is measured.
    public init(learner: Learner, views: ProbeViews) {
        self.learner = learner
        self.views = views
        trainer = nil
    }

    /// Training that is tried from where it stands.
    public init(_ trainer: any Trainer) {
        learner = trainer.learner
        views = trainer.probeViews
        self.trainer = trainer
    }
}
