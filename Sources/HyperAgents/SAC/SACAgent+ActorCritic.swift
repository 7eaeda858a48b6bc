import HyperModels
import HyperTensor

extension SACAgent: ActorCriticAgent {
    public var discount: Double { configuration.discount }
    public var rewardScale: Double { configuration.rewardScale }
    public var critics: TwinCritics { networks.critics }
    public var baseline: BaselineArchitecture { configuration.baseline }

    public func actorParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.actorParameters, in: trace)
    }

    public func meanAction(states: Tensor, _ actor: Parameters) -> Tensor {
        networks.actor.meanAction(states: states, actor)
    }
}
