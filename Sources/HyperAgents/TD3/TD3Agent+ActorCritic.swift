import HyperModels
import HyperTensor

extension TD3Agent: ActorCriticAgent {
    public var discount: Double { configuration.discount }
    public var rewardScale: Double { 1 }
    public var actionLimit: Double { networks.actionLimit }
    public var critic: any Critic { networks.critic }

    public func criticParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.criticArenas, in: trace)
    }

    public func targetCriticParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.criticTargetArenas, in: trace)
    }

    public func actorParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.actorParameters, in: trace)
    }

    public func meanAction(states: Tensor, _ actor: Parameters) -> Tensor {
        networks.actor(states: states, actor)
    }
}
