import HyperAgents
import HyperModels
import HyperTensor

/// The weights of a critic's layers, all twins together: generated ones for given states if the critic is a
/// hypernetwork, else its own weight matrices.
final class LayerWeights {
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
            let members = parameters.tensors[0].shape[1]
            let layers: [Tensor]
            if let critic = agent.critic as? any DynamicCritic {
                func forAll(_ tensor: Tensor) -> Tensor {
                    tensor.broadcast(to: tensor.shape.replacing(1, with: members))
                }
                layers = critic.dynamicWeights(states: forAll(states), actions: forAll(actions), parameters).map {
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

    /// For each seed and layer all weights.
    ///
    /// - Parameters:
    ///   - states: `[seeds, states, stateSize]`.
    ///   - actions: `[seeds, states, actionSize]`.
    func read(states: [Float], actions: [Float]) throws -> [[[Float]]] {
        try program.setInput(0, states)
        try program.setInput(1, actions)
        try program.run()
        let layers = try (0..<layerCount).map { try program.output($0) }
        return (0..<seeds).map { seed in
            layers.map { layer in
                let count = layer.count / seeds
                return Array(layer[seed * count..<(seed + 1) * count])
            }
        }
    }
}
