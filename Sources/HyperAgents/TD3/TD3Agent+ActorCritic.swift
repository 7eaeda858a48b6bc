import HyperModels
import HyperTensor

extension TD3Agent: ActorCriticAgent {
    public var discount: Double { configuration.discount }
    public var rewardScale: Double { 1 }
    public var critics: TwinCritics { networks.critics }
    public var baseline: BaselineArchitecture { configuration.baseline }

    public func actorParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.actorParameters, in: trace)
    }

    public func meanAction(states: Tensor, _ actor: Parameters) -> Tensor {
        networks.actor(states: states, actor)
    }
}
