import HyperTensor

/// Q(s, a) = f_{w(s)}(a): the state generates the weights of a small network that reads the action.
public struct SAHyperCritic: Critic {
    public let parameters: ParameterList
    let network: HyperNetwork

    public init(stateSize: Int, actionSize: Int, architecture: HyperNetwork.Architecture = .init()) {
        var list = ParameterList()
        network = HyperNetwork(
            metaSize: stateSize, baseSize: actionSize, outputs: [.output(1)], architecture: architecture, in: &list)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        network(meta: states, base: actions, values)
    }
}
