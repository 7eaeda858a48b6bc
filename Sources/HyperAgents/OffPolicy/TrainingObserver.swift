/// What a training run tells while it goes on; `seed` is a position in the run's list of seeds.
public protocol TrainingObserver: AnyObject {
    /// After each environment step of all seeds. Returning false ends the run.
    func trainingDidStep(_ step: Int) throws -> Bool
    /// Whether the run is to end as soon as it can; asked during long evaluations.
    func trainingShouldStop() -> Bool
    /// An episode of a seed ended; its return is undiscounted.
    func trainingDidFinishEpisode(seed: Int, step: Int, episodeReturn: Double, length: Int) throws
    /// At each log interval: the latest update's losses of the seeds that still run.
    func trainingDidLog(step: Int, seed: Int, metrics: [(name: String, value: Float)]) throws
    func trainingDidEvaluate(step: Int, seed: Int, evaluation: Evaluation) throws
    /// A seed ended early because a number was no longer finite.
    func trainingDidStopSeed(_ seed: Int, step: Int, reason: String) throws
    /// The simulation diverged; the transition was dropped and the episode cut.
    func trainingDidDropTransition(seed: Int, step: Int, reason: String)
}

extension TrainingObserver {
    public func trainingShouldStop() -> Bool { false }
}
