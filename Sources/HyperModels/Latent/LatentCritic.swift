import HyperTensor

/// PEARL's Q(s, a, z): an MLP on (s, a, z), or a hypernetwork whose meta variable is s and whose base variable is (a, z), so
/// that gradients reach a and z through the dynamic network alone (paper §3.2).
public struct LatentCritic: Sendable {
    public let parameters: ParameterList
    private let network: LatentValueNetwork

    public init(stateSize: Int, actionSize: Int, latentSize: Int, architecture: LatentArchitecture) {
        var list = ParameterList()
        network = LatentValueNetwork(
            stateSize: stateSize, otherSize: actionSize + latentSize, architecture: architecture, in: &list)
        parameters = list
    }

    /// - Parameters:
    ///   - states: `[seeds, members, samples, stateSize]`.
    ///   - actions: `[seeds, members, samples, actionSize]`.
    ///   - latents: z, `[seeds, members, groups, latentSize]`, one for each group of samples (`DynamicWeights` says which
    ///     samples form a group).
    ///   - values: The parameters' values, `[seeds, members, …]`.
    /// - Returns: Q, `[seeds, members, samples, 1]`.
    public func callAsFunction(states: Tensor, actions: Tensor, latents: Tensor, _ values: Parameters) -> Tensor {
        network(states: states, others: [actions, latents.repeated(forSamples: states.shape[2])], values)
    }
}

/// PEARL's V(s, z): an MLP on (s, z), or a hypernetwork whose meta variable is s and whose base variable is z.
public struct LatentValue: Sendable {
    public let parameters: ParameterList
    private let network: LatentValueNetwork

    public init(stateSize: Int, latentSize: Int, architecture: LatentArchitecture) {
        var list = ParameterList()
        network = LatentValueNetwork(
            stateSize: stateSize, otherSize: latentSize, architecture: architecture, in: &list)
        parameters = list
    }

    /// - Parameters:
    ///   - states: `[seeds, members, samples, stateSize]`.
    ///   - latents: z, `[seeds, members, groups, latentSize]`, one for each group of samples.
    ///   - values: The parameters' values, `[seeds, members, …]`.
    /// - Returns: V, `[seeds, members, samples, 1]`.
    public func callAsFunction(states: Tensor, latents: Tensor, _ values: Parameters) -> Tensor {
        network(states: states, others: [latents.repeated(forSamples: states.shape[2])], values)
    }
}

/// A value of the state and of other variables, in this order.
private enum LatentValueNetwork {
    case mlp(MLP)
    case hyper(HyperNetwork)

    init(stateSize: Int, otherSize: Int, architecture: LatentArchitecture, in list: inout ParameterList) {
        switch architecture.kind {
        case .mlp:
            self = .mlp(
                MLP(
                    inputSize: stateSize + otherSize, hiddenSizes: architecture.hiddenSizes, outputSize: 1, in: &list,
                    initialization: architecture.initialization, last: architecture.last))
        case .hyper:
            self = .hyper(
                HyperNetwork(
                    metaSize: stateSize, baseSize: otherSize, outputs: [.output(1)],
                    architecture: architecture.hyperNetwork, in: &list))
        }
    }

    func callAsFunction(states: Tensor, others: [Tensor], _ values: Parameters) -> Tensor {
        switch self {
        case .mlp(let network): network(Tensor.concatenate([states] + others, axis: 3), values)
        case .hyper(let network):
            network(meta: states, base: Tensor.concatenate(others, axis: 3), values)
        }
    }
}
