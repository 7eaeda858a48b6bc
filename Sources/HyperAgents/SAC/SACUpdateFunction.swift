import HyperModels
import HyperTensor

/// One update of SAC as a function.
struct SACUpdateFunction: ActorCriticUpdateFunction {
    let configuration: SACConfiguration
    let layout: StateLayout
    let transitions: TransitionLayout
    let noise: [ActorCriticNoise] = [.target, .policy]
    let counts = [SACAgent.updatesName]
    let unusedCheckpointNames: [String] = []
    private let networks: SACNetworks

    var critics: TwinCritics { networks.critics }
    var actors: (learned: NetworkArenas, target: NetworkArenas?) { (networks.actorArenas, nil) }
    var optimizers: [AdamOptimizer] {
        [networks.critics.optimizer, networks.actorOptimizer] + [networks.temperature.optimizer].compactMap { $0 }
    }

    /// - Parameters:
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - critic: A critic other than the configuration's, for studies and tests.
    init(
        _ configuration: SACConfiguration, stateSize: Int, actionSize: Int, actionLimit: Double,
        critic: (any Critic)? = nil
    ) throws {
        self.configuration = configuration
        transitions = TransitionLayout(stateSize: stateSize, actionSize: actionSize)
        var layout = StateLayout()
        networks = try SACNetworks(
            configuration, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: 1,
            critic: critic, in: &layout)
        self.layout = layout
    }

    func trace(sizes: [String: Int], after counts: [String: Int]) throws -> TracedUpdate {
        let updates = counts[SACAgent.updatesName, default: 0] + 1
        let program = try traceProgram(sizes: sizes) { batch, noise, trace in
            SACUpdate(networks, configuration).trace(
                batch, nextNoise: noise(.target), noise: noise(.policy), in: trace)
        }
        var scales: [OptimizerInput: AdamOptimizer.Scale] = [:]
        networks.giveScales(step: updates) { scales[$0] = $1 }
        return TracedUpdate(program, scales: scales.named, counts: [SACAgent.updatesName: updates])
    }
}
