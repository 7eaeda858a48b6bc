import HyperTensor

/// A network f_w(z)(x): a primary network turns the meta variable z into the weights of a dynamic network that reads
/// the base variable x (paper §2). One hidden dynamic layer, ReLU after it.
public struct HyperNetwork: Sendable {
    /// Sizes and initialisation: the paper's, adjustable for studies and tests.
    public struct Architecture: Hashable, Sendable {
        public var primary = PrimaryArchitecture()
        /// Width of the dynamic network's hidden layer.
        public var hiddenSize = 256
        public var initialization = HyperInitialization.ours
        /// `ours` draws primary weights from U(−b, b) with b = factor/√fanIn: 1/2 in TD3; SAC's is 1/√2.
        public var primaryFactor = 0.5
        /// How the dynamic network's layers would begin if they were ordinary ones; for `biasHyperInit`.
        public var base = LayerInitialization.pytorch

        public init() {}

        /// Bounds of the paper's head weights, or another scheme's heads.
        fileprivate func heads(bound: Double) -> DynamicLayer.HeadInitialization {
            switch initialization {
            case .ours: .bounded(bound)
            case .pytorch: .pytorch
            case .biasHyperInit: .base(base)
            }
        }
    }

    private let primary: PrimaryNetwork
    private let hidden: DynamicLayer
    private let last: DynamicLayer

    public init(
        metaSize: Int, baseSize: Int, outputSize: Int, architecture: Architecture = Architecture(),
        in list: inout ParameterList
    ) {
        primary = PrimaryNetwork(
            metaSize: metaSize, architecture: architecture.primary,
            initialization: architecture.initialization.primary(factor: architecture.primaryFactor), in: &list)
        hidden = DynamicLayer(
            "dynamic.1", latentSize: primary.latentSize, inputSize: baseSize, outputSize: architecture.hiddenSize,
            heads: architecture.heads(bound: 0.05), in: &list)
        last = DynamicLayer(
            "dynamic.2", latentSize: primary.latentSize, inputSize: architecture.hiddenSize, outputSize: outputSize,
            heads: architecture.heads(bound: 0.008), in: &list)
    }

    /// - Parameters:
    ///   - meta: `[seeds, members, batch, metaSize]`, or `[seeds, members, 1, metaSize]` for one that all samples share.
    ///   - base: `[seeds, members, batch, baseSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`. Its gradient with respect to `base` passes through the
    ///   dynamic network alone (paper, Fig. 2).
    public func callAsFunction(meta: Tensor, base: Tensor, _ parameters: Parameters) -> Tensor {
        let latent = primary(meta, parameters)
        return last(hidden(base, latent: latent, parameters).relu(), latent: latent, parameters)
    }

    /// What the primary network makes of the meta variable, `[seeds, members, batch, metaSize]`, layer by layer.
    public func dynamicWeights(meta: Tensor, _ parameters: Parameters) -> [DynamicWeights] {
        let latent = primary(meta, parameters)
        return [hidden, last].map { $0.dynamicWeights(latent: latent, parameters) }
    }
}
