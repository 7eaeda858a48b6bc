import HyperTensor

/// Q(s, a) = f_{w(a)}(s): the action generates the weights of a small network that reads the state.
public struct ASHyperCritic: Critic {
    public let parameters: ParameterList
    let network: HyperNetwork

    public init(stateSize: Int, actionSize: Int, architecture: HyperNetwork.Architecture = .init()) {
        var list = ParameterList()
        network = HyperNetwork(
            metaSize: actionSize, baseSize: stateSize, outputs: [.output(1)], architecture: architecture, in: &list)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        network(meta: actions, base: states, values)
    }
}
