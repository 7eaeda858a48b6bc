import HyperTensor

/// Q(s, a) as an MLP on the concatenated state and action: mlp-standard, mlp-small, mlp-large.
public struct MLPCritic: Critic {
    public let parameters: ParameterList
    private let network: MLP

    public init(
        stateSize: Int, actionSize: Int, hiddenSizes: [Int] = [256, 256],
        initialization: LayerInitialization = .pytorch
    ) {
        var list = ParameterList()
        network = MLP(
            inputSize: stateSize + actionSize, hiddenSizes: hiddenSizes, outputSize: 1, in: &list,
            initialization: initialization)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        network(Tensor.concatenate([states, actions], axis: 3), values)
    }
}
