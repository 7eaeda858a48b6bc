import HyperTensor

/// An agent that learns from replayed transitions, all seeds in lockstep.
///
/// Buffers are row-major and hold one row for each seed.
public protocol OffPolicyAgent: AnyObject, Checkpointable {
    /// State, replay and all else that does not depend on the algorithm.
    var core: OffPolicyCore { get }
    /// Environment steps before the first update, from the start.
    var stepsBeforeUpdates: Int { get }
    /// The arenas of parameters, without targets and moments; a run's final weights.
    var parameterArenas: [Arena] { get }

    /// Actions for collecting experience, exploration included.
    ///
    /// - Parameters:
    ///   - observations: `[seeds, stateSize]`.
    ///   - step: The environment step, which numbers the random draws.
    ///   - actions: Room for `[seeds, actionSize]`.
    func explore(
        _ observations: UnsafeBufferPointer<Float>, step: Int, into actions: UnsafeMutableBufferPointer<Float>) throws

    /// One gradient step at an environment step.
    func update(step: Int) throws

    /// Losses and means of the latest update, one value for each seed, by the names that logs use. Empty until this process has
    /// made an update: a checkpoint restores counters and tensors, not what a program put out.
    func latestMetrics() throws -> [(name: String, values: [Float])]

    /// A policy without exploration for `batch` observations of each seed.
    func makePolicy(batch: Int) throws -> any Policy
}
