import HyperModels
import HyperTensor

/// An agent that learns twin critics Q(s, a) from replayed transitions, and a policy that follows their action gradient; all seeds in
/// lockstep.
///
/// Buffers are row-major and hold one row for each seed. For measurements everything is open: it is traced into programs of the
/// caller, compiled against the agent's own state, so that a measurement reads what training left and changes nothing.
public protocol ActorCriticAgent: AnyObject, Checkpointable {
    /// State, replay and all else that does not depend on the algorithm.
    var core: ActorCriticCore { get }
    /// Environment steps before the first update, from the start.
    var stepsBeforeUpdates: Int { get }

    // MARK: Learning

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

    // MARK: Measuring

    /// γ per environment step.
    var discount: Double { get }
    /// What the environment's rewards are multiplied by before the critic learns them.
    var rewardScale: Double { get }
    /// The critics and their targets; the parameters have a member for each twin.
    var critics: TwinCritics { get }
    /// How its algorithm builds and begins critics that are no hypernetworks, whatever its own critic is.
    var baseline: BaselineArchitecture { get }

    /// The policy's parameters as they are, `[seeds, 1, …]`.
    func actorParameters(in trace: Trace) -> Parameters

    /// The policy without exploration: the mean of its distribution.
    ///
    /// - Parameter states: `[seeds, 1, batch, stateSize]`.
    /// - Returns: `[seeds, 1, batch, actionSize]`.
    func meanAction(states: Tensor, _ actor: Parameters) -> Tensor
}

extension ActorCriticAgent {
    public var learner: Learner { core.learner }
    public var seeds: [UInt32] { learner.seeds }
    public var backend: any Backend { learner.backend }
    public var state: any StateStore { learner.state }
    public var replay: Replay { core.replay }

    /// For each seed, whether every loss since it began was finite. Waits for updates that are under way.
    public func lossesWereFinite() throws -> [Bool] { try state.floats(core.frame.lossFlags).map { $0 == 1 } }

    /// Actions lie in `-actionLimit...actionLimit`.
    public var actionLimit: Double { core.actionLimit }

    /// The action-value network; its parameters have a member for each twin.
    public var critic: any Critic { critics.network }

    /// The critics' parameters as they are, `[seeds, members, …]`.
    public func criticParameters(in trace: Trace) -> Parameters { Parameters(reading: critics.arenas, in: trace) }

    /// The target critics' parameters as they are, `[seeds, members, …]`.
    public func targetCriticParameters(in trace: Trace) -> Parameters {
        Parameters(reading: critics.targetArenas, in: trace)
    }
}
