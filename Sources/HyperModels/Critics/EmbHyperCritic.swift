import HyperTensor

/// Q(s, a) = f_{w(e)}(s, a): a learned embedding e, the same for every sample, generates the weights.
///
/// Each twin has an embedding of its own (the authors' code shares one between the twins). The primary network runs once
/// for a whole batch.
public struct EmbHyperCritic: Critic {
    static let embeddingSize = 5

    public let parameters: ParameterList
    let embedding: ParameterID
    let network: HyperNetwork

    public init(stateSize: Int, actionSize: Int, architecture: HyperNetwork.Architecture = .init()) {
        var list = ParameterList()
        embedding = list.add("embedding", [Self.embeddingSize], .uniform(0, 1))
        network = HyperNetwork(
            metaSize: Self.embeddingSize, baseSize: stateSize + actionSize, outputs: [.output(1)],
            architecture: architecture, in: &list)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        network(
            meta: values[embedding].expanded(at: 2), base: Tensor.concatenate([states, actions], axis: 3), values)
    }
}
