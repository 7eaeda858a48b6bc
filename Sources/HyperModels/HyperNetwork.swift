import HyperTensor

/// A network f_w(z)(x): a primary network turns the meta variable z into the weights of a dynamic network that reads
/// the base variable x (paper §2). One hidden dynamic layer, ReLU after it.
public struct HyperNetwork: Sendable {
    /// Sizes that the paper fixes, adjustable for studies and tests.
    public struct Architecture: Hashable, Sendable {
        public var primaryWidths: [Int] = [256, 512, 1024]
        public var residualsPerBlock = 2
        public var hiddenSize = 256
        public var initialization = HyperInitialization.ours
        /// `ours` draws primary weights from U(−b, b) with b = factor/√fanIn: 1/2 in TD3; SAC's is 1/√2.
        public var primaryFactor = 0.5

        public init() {}
    }

    private let primary: PrimaryNetwork
    private let hidden: DynamicLayer
    private let last: DynamicLayer

    public init(
        metaSize: Int, baseSize: Int, outputSize: Int, architecture: Architecture = Architecture(),
        in list: inout ParameterList
    ) {
        let isOurs = architecture.initialization == .ours
        primary = PrimaryNetwork(
            metaSize: metaSize, widths: architecture.primaryWidths,
            residualsPerBlock: architecture.residualsPerBlock,
            initialization: architecture.initialization.primary(factor: architecture.primaryFactor), in: &list)
        hidden = DynamicLayer(
            "dynamic.1", latentSize: primary.latentSize, inputSize: baseSize, outputSize: architecture.hiddenSize,
            headBound: isOurs ? 0.05 : nil, in: &list)
        last = DynamicLayer(
            "dynamic.2", latentSize: primary.latentSize, inputSize: architecture.hiddenSize, outputSize: outputSize,
            headBound: isOurs ? 0.008 : nil, in: &list)
    }

    /// - Parameters:
    ///   - meta: `[seeds, members, batch, metaSize]`.
    ///   - base: `[seeds, members, batch, baseSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`. Its gradient with respect to `base` passes through the
    ///   dynamic network alone (paper, Fig. 2).
    public func callAsFunction(meta: Tensor, base: Tensor, _ parameters: Parameters) -> Tensor {
        let latent = primary(meta, parameters)
        return last(hidden(base, latent: latent, parameters).relu(), latent: latent, parameters)
    }
}
