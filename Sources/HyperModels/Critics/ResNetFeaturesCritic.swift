import HyperTensor

/// Q(s, a) = MLP(φ(s), a) with learned state features φ from a hypernetwork's primary network without heads.
public struct ResNetFeaturesCritic: Critic {
    public let parameters: ParameterList
    private let primary: PrimaryNetwork
    private let features: Linear
    private let network: MLP

    public init(
        stateSize: Int, actionSize: Int, primary architecture: PrimaryArchitecture = .init(),
        baseline: BaselineArchitecture = .init()
    ) {
        var list = ParameterList()
        primary = PrimaryNetwork(
            metaSize: stateSize, architecture: architecture, initialization: baseline.initialization, in: &list)
        features = Linear(
            "features", inputSize: primary.latentSize, outputSize: baseline.featureCount, in: &list,
            initialization: baseline.initialization)
        network = MLP(
            inputSize: baseline.featureCount + actionSize, hiddenSizes: [baseline.hiddenSize], outputSize: 1, in: &list,
            initialization: baseline.initialization)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        let learned = features(primary(states, values), values)
        return network(Tensor.concatenate([learned, actions], axis: 3), values)
    }
}
