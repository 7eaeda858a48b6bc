import HyperModels
import HyperTensor

/// One update of TD3 as a function; every `policyDelay`-th, by the count of updates, is the delayed one as well.
struct TD3UpdateFunction: ActorCriticUpdateFunction {
    let configuration: TD3Configuration
    let layout: StateLayout
    let transitions: TransitionLayout
    let noise: [ActorCriticNoise] = [.target]
    let counts = [TD3Agent.updatesName, TD3Agent.policyUpdatesName]
    let unusedCheckpointNames = [TD3Agent.actorLossName]
    private let networks: TD3Networks

    var critics: TwinCritics { networks.critics }
    var actors: (learned: NetworkArenas, target: NetworkArenas?) { (networks.actorArenas, networks.actorTargetArenas) }
    var optimizers: [AdamOptimizer] { [networks.critics.optimizer, networks.actorOptimizer] }

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - critic: A critic other than the configuration's, for studies and tests.
    init(
        _ configuration: TD3Configuration, stateSize: Int, actionSize: Int, actionLimit: Double,
        critic: (any Critic)? = nil
    ) throws {
        self.configuration = configuration
        transitions = TransitionLayout(stateSize: stateSize, actionSize: actionSize)
        var layout = StateLayout()
        networks = try TD3Networks(
            configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: 1,
            critic: critic, in: &layout)
        self.layout = layout
    }

    func trace(sizes: [String: Int], after counts: [String: Int]) throws -> TracedUpdate {
        let updates = counts[TD3Agent.updatesName, default: 0] + 1
        let includesPolicy = configuration.updatesPolicy(at: updates)
        let policyUpdates = counts[TD3Agent.policyUpdatesName, default: 0] + (includesPolicy ? 1 : 0)
        let program = try traceProgram(sizes: sizes) { batch, noise, trace in
            TD3Update(networks, configuration).trace(
                batch, noise: noise(.target), includesPolicy: includesPolicy, in: trace)
        }
        var scales: [OptimizerInput: AdamOptimizer.Scale] = [.critic: networks.critics.optimizer.scale(step: updates)]
        if includesPolicy { scales[.actor] = networks.actorOptimizer.scale(step: policyUpdates) }
        return TracedUpdate(
            program, scales: scales.named,
            counts: [TD3Agent.updatesName: updates, TD3Agent.policyUpdatesName: policyUpdates])
    }
}
