/// What a training run does, counted. A step of any kind is one of all seeds at once.
public struct RunWork: Hashable, Sendable {
    /// Environment steps with random actions.
    public let randomSteps: Int
    /// Environment steps in which the policy acts and explores.
    public let policySteps: Int
    /// Gradient steps.
    public let updates: Int
    /// Steps of evaluations, in which the policy acts in every episode of every seed. Each lasts as long as an episode can:
    /// where all of them end early it is less.
    public let evaluationSteps: Int

    /// The work of a run, or what is left of it.
    ///
    /// - Parameters:
    ///   - timeLimit: Control steps after which an episode is cut off.
    ///   - done: Environment steps that are behind it, with their evaluations.
    public init(_ configuration: RunConfiguration, timeLimit: Int, after done: Int = 0) {
        let steps = max(configuration.steps, done)
        /// Of the steps to take, those beyond the first `limit` of the run.
        func count(beyond limit: Int) -> Int { steps - min(max(limit, done), steps) }
        policySteps = count(beyond: configuration.agent.randomSteps)
        randomSteps = steps - done - policySteps
        updates = count(beyond: configuration.agent.stepsBeforeUpdates)
        let interval = configuration.evaluationInterval
        evaluationSteps = (steps / interval - done / interval) * timeLimit
    }
}
