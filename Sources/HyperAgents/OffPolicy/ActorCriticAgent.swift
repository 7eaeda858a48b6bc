import HyperModels
import HyperTensor

/// An agent whose policy follows the action gradient of twin critics Q(s, a), opened for measurements.
///
/// Everything is traced into programs of the caller, compiled against the agent's own state: a measurement reads what
/// training left and changes nothing.
public protocol ActorCriticAgent: OffPolicyAgent {
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
