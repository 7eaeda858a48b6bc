/// Sizes and initialisation of PEARL's networks: the paper's and its authors', adjustable for studies and tests.
///
/// Each network is an MLP, or a hypernetwork whose base variable holds what the network reads besides its meta variable
/// (paper §3.2, §5.3). The context encoder is an MLP in both cases.
public struct LatentArchitecture: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case mlp
        case hyper
    }

    public var kind: Kind
    /// Widths of the MLPs' hidden layers.
    public var hiddenSizes = [300, 300, 300]
    /// Of the MLPs' hidden layers.
    public var initialization = LayerInitialization.fanOut(bias: 0.1)
    /// The last layer of critics and encoder: weights and biases U(−bound, bound).
    public var last = LayerInitialization.explicit(weight: .uniform(bound: 3e-3), bias: .uniform(bound: 3e-3))
    /// The policy's two last layers, mean and log σ.
    public var policyHeads = LayerInitialization.explicit(weight: .uniform(bound: 1e-3), bias: .uniform(bound: 1e-3))
    /// Widths of the encoder's hidden layers.
    public var encoderSizes = [200, 200, 200]
    /// Of `hyper`.
    public var hyperNetwork = HyperNetwork.Architecture()

    public init(_ kind: Kind) { self.kind = kind }
}
