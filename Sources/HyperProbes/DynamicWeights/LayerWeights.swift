import HyperAgents
import HyperModels
import HyperTensor

/// The weights of one seed's critics, all twins together.
public struct LayerWeights: Hashable, Sendable {
    /// All weights of each layer, from the input on.
    public let layers: [[Float]]

    /// Takes apart layers of several seeds, `[seeds, …]` each.
    static func ofSeeds(_ count: Int, layers: [[Float]]) -> [LayerWeights] {
        (0..<count).map { seed in
            LayerWeights(
                layers: layers.map { layer in
                    let size = layer.count / count
                    return Array(layer[seed * size..<(seed + 1) * size])
                })
        }
    }
}

/// Reads the weights of a critic's layers: generated ones for given states if the critic is a hypernetwork, else its own weight
/// matrices.
final class LayerWeightReader {
    private let program: any CompiledProgram
    private let seeds: Int

    /// - Parameter states: States of each seed that weights are generated for.
    init(
        _ agent: any ActorCriticAgent, states count: Int, stateSize: Int, actionSize: Int,
        gains: DynamicWeightsSettings.Gains
    ) throws {
        seeds = agent.seeds.count
        let seeds = self.seeds
        let traced = try Program.trace("probe.weights") { trace in
            let states = trace.input("states", TensorType(.float32, [seeds, 1, count, stateSize]))
            let actions = trace.input("actions", TensorType(.float32, [seeds, 1, count, actionSize]))
            let parameters = agent.criticParameters(in: trace)
            let members = parameters.memberCount
            let layers: [Tensor]
            let generated = agent.critic.dynamicWeights(
                states: states.broadcast(toMembers: members), actions: actions.broadcast(toMembers: members), parameters
            )
            if let generated {
                layers = generated.map {
                    guard gains == .included else { return $0.weights }
                    return $0.weights * (1 + $0.gains).expanded(at: 3).broadcast(to: $0.weights.shape)
                }
            } else {
                layers = zip(agent.critic.parameters.specifications, parameters.tensors)
                    .filter { $0.0.shape.rank == 2 }.map(\.1)
            }
            for (index, layer) in layers.enumerated() { trace.output("layer \(index + 1)", layer) }
        }
        program = try agent.backend.compile(traced, state: agent.state)
    }

    var layerCount: Int { program.program.outputs.count }

    /// The size of the first layer's output.
    var hiddenSize: Int { program.program.outputs[0].type.shape.dimensions.last ?? 0 }

    /// For each seed its weights.
    ///
    /// - Parameters:
    ///   - states: `[seeds, states, stateSize]`.
    ///   - actions: `[seeds, states, actionSize]`.
    func read(states: [Float], actions: [Float]) throws -> [LayerWeights] {
        try program.setInput(0, states)
        try program.setInput(1, actions)
        try program.run()
        return LayerWeights.ofSeeds(seeds, layers: try (0..<layerCount).map { try program.output($0) })
    }
}
