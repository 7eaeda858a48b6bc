import HyperTensor

/// A network for action values Q(s, a).
public protocol Critic: Sendable {
    /// Parameters and buffers of one replica.
    var parameters: ParameterList { get }

    /// - Parameters:
    ///   - states: `[seeds, members, batch, stateSize]`.
    ///   - actions: `[seeds, members, batch, actionSize]`.
    ///   - parameters: `[seeds, members, …]`.
    /// - Returns: Q, `[seeds, members, batch, 1]`.
    func callAsFunction(states: Tensor, actions: Tensor, _ parameters: Parameters) -> Tensor

    /// The weights that a hypernetwork makes, layer by layer from the input on; nil if all weights are parameters.
    ///
    /// - Parameters:
    ///   - states: `[seeds, members, batch, stateSize]`.
    ///   - actions: `[seeds, members, batch, actionSize]`.
    ///   - parameters: `[seeds, members, …]`.
    func dynamicWeights(states: Tensor, actions: Tensor, _ parameters: Parameters) -> [DynamicWeights]?
}

extension Critic {
    public func dynamicWeights(states: Tensor, actions: Tensor, _ parameters: Parameters) -> [DynamicWeights]? { nil }
}

/// Sizes and initialisation of the critics that are no hypernetworks: the paper's, adjustable for studies and tests.
public struct BaselineArchitecture: Hashable, Sendable {
    /// Width of all hidden layers but mlp-large's.
    public var hiddenSize = 256
    /// Width of mlp-large's hidden layers.
    public var largeHiddenSize = 2900
    /// Residual blocks of resnet35.
    public var residualBlocks = 35
    /// State features that resnet-features learns. The paper has 10; the authors' TD3 as many as the state has numbers.
    public var featureCount = 10
    /// Of all layers.
    public var initialization = LayerInitialization.pytorch

    public init() {}
}
