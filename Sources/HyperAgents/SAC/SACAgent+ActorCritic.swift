import HyperModels
import HyperTensor

extension SACAgent: ActorCriticAgent {
    public var discount: Double { configuration.discount }
    public var rewardScale: Double { configuration.rewardScale }
    public var actionLimit: Double { core.actionLimit }
    public var critic: any Critic { networks.critics.network }

    public func criticParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.critics.arenas, in: trace)
    }

    public func targetCriticParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.critics.targetArenas, in: trace)
    }

    public func actorParameters(in trace: Trace) -> Parameters {
        Parameters(reading: networks.actorParameters, in: trace)
    }

    public func meanAction(states: Tensor, _ actor: Parameters) -> Tensor {
        networks.actor.meanAction(states: states, actor)
    }
}
