/// Learns in pieces that a run pulls out of it. It never calls back, and decides nothing about logs, evaluations or checkpoints.
///
/// Seeds are trained in lockstep and named by their positions in `learner.seeds`.
public protocol Trainer: AnyObject, Checkpointable {
    /// What is learned: state, experience, and what of it is saved.
    var learner: Learner { get }
    /// What probes may look at.
    var probeViews: ProbeViews { get }

    /// Progress units that are complete: environment steps or iterations, as the algorithm counts the length of a run.
    var completed: Int { get }
    /// The share of the unit under way that is done, below 1; 0 between two units. Logs, evaluations and checkpoints come where it is 0.
    var fraction: Double { get }
    /// Environment steps of a seed in all: the axis of curves.
    func environmentSteps(of seed: Int) -> Int

    /// Does the next piece of work.
    ///
    /// - Parameters:
    ///   - events: Takes what happened. What `rewind` would take back is told only once it cannot any more.
    ///   - shouldStop: Asked now and then by pieces that take long.
    /// - Returns: Whether the piece was done. One that was abandoned has changed nothing and can be done again.
    func perform(into events: inout TrainingEvents, shouldStop: () -> Bool) throws -> PieceOutcome

    /// Goes back to the last position at which a run may resume: between two units, unless the algorithm says otherwise. What was done
    /// since is done again.
    func rewind() throws

    /// For each seed, whether it has not been stopped.
    var isRunning: [Bool] { get }
    /// Takes a seed out of the training; the others go on.
    func stop(_ seed: Int)

    /// Losses and means of the latest update, one value for each seed, by the names that logs use. Empty until this process has
    /// made an update: a checkpoint restores counters and tensors, not what a program put out.
    func latestMetrics() throws -> [(name: String, values: [Float])]
    /// For each seed, whether every loss since it began was finite.
    func lossesWereFinite() throws -> [Bool]

    /// Evaluates the weights as they are whenever it is asked, on environments of its own.
    func makeEvaluator() throws -> any PolicyEvaluator
}

/// How a piece of work ended.
public enum PieceOutcome: Hashable, Sendable {
    case done
    /// Everything is as before the piece.
    case abandoned
}

/// What came of work that can be stopped on its way.
public enum Stoppable<Result> {
    case done(Result)
    /// There is no result; the work can be done again.
    case stopped
}

extension Stoppable: Sendable where Result: Sendable {}

extension Stoppable {
    /// The result of work that nobody stops.
    public var result: Result {
        guard case .done(let result) = self else { preconditionFailure("work that nobody stops has a result") }
        return result
    }
}

/// What happened in a piece of training. One is used again for every piece, so that a step allocates nothing.
public struct TrainingEvents {
    /// An episode that ended.
    public struct Episode: Hashable, Sendable {
        /// The seed's in the run's list of seeds.
        public let position: Int
        /// Undiscounted.
        public let episodeReturn: Double
        /// Control steps.
        public let length: Int
    }

    /// Something about a seed, for people.
    public struct Note: Hashable, Sendable {
        /// The seed's in the run's list of seeds.
        public let position: Int
        /// Progress units that were complete.
        public let completed: Int
        public let reason: String
    }

    public private(set) var episodes: [Episode] = []
    /// Transitions that were dropped because the simulation diverged; its episode was cut.
    public private(set) var drops: [Note] = []
    /// Seeds that the trainer stopped, because a number was no longer finite.
    public private(set) var stops: [Note] = []

    public init() {}

    public mutating func removeAll() {
        episodes.removeAll(keepingCapacity: true)
        drops.removeAll(keepingCapacity: true)
        stops.removeAll(keepingCapacity: true)
    }

    public mutating func finishEpisode(at position: Int, episodeReturn: Double, length: Int) {
        episodes.append(Episode(position: position, episodeReturn: episodeReturn, length: length))
    }

    public mutating func drop(at position: Int, completed: Int, reason: String) {
        drops.append(Note(position: position, completed: completed, reason: reason))
    }

    public mutating func stop(at position: Int, completed: Int, reason: String) {
        stops.append(Note(position: position, completed: completed, reason: reason))
    }
}
