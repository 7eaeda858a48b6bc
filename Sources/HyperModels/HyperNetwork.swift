import HyperTensor

/// A network f_w(z)(x): a primary network turns the meta variable z into the weights of a dynamic network that reads
/// the base variable x (paper §2). The dynamic network has hidden layers, ReLU after each, and one or more output layers,
/// which all read the last hidden one.
public struct HyperNetwork: Sendable {
    /// Sizes and initialisation: the paper's, adjustable for studies and tests.
    public struct Architecture: Hashable, Sendable {
        public var primary = PrimaryArchitecture()
        /// The dynamic network's hidden layers from the input on, at least one.
        public var hidden = [DynamicLayerSpecification.hidden(256)]
        public var initialization = HyperInitialization.ours
        /// `ours` draws primary weights from U(−b, b) with b = factor/√fanIn: 1/2 in TD3; SAC's is 1/√2.
        public var primaryFactor = 0.5
        /// How the dynamic network's layers would begin if they were ordinary ones; for `biasHyperInit`.
        public var base = LayerInitialization.pytorch

        public init() {}

        /// Width of the first hidden layer; setting it sets that of all.
        public var hiddenSize: Int {
            get { hidden[0].size }
            set { for index in hidden.indices { hidden[index].size = newValue } }
        }

        /// How a dynamic layer's heads begin.
        fileprivate func heads(of layer: DynamicLayerSpecification) -> DynamicLayer.HeadInitialization {
            switch initialization {
            case .ours: .bounded(layer.bound)
            case .pytorch: .pytorch
            case .biasHyperInit: .base(base)
            }
        }
    }

    private let primary: PrimaryNetwork
    private let hidden: [DynamicLayer]
    private let outputs: [DynamicLayer]

    /// Adds `primary.…` and, counted from the input on, `dynamic.1`, `dynamic.2`, … to `list`: hidden layers, then
    /// output layers.
    ///
    /// - Parameter outputs: At least one.
    public init(
        metaSize: Int, baseSize: Int, outputs: [DynamicLayerSpecification], architecture: Architecture = .init(),
        in list: inout ParameterList
    ) {
        precondition(!architecture.hidden.isEmpty, "HyperNetwork: at least one hidden layer is needed")
        precondition(!outputs.isEmpty, "HyperNetwork: at least one output layer is needed")
        let primary = PrimaryNetwork(
            metaSize: metaSize, architecture: architecture.primary,
            initialization: architecture.initialization.primary(factor: architecture.primaryFactor), in: &list)
        var count = 0
        func layer(_ specification: DynamicLayerSpecification, inputSize: Int) -> DynamicLayer {
            count += 1
            return DynamicLayer(
                "dynamic.\(count)", latentSize: primary.latentSize, inputSize: inputSize,
                outputSize: specification.size, heads: architecture.heads(of: specification), in: &list)
        }
        var size = baseSize
        var hidden: [DynamicLayer] = []
        for specification in architecture.hidden {
            hidden.append(layer(specification, inputSize: size))
            size = specification.size
        }
        self.primary = primary
        self.hidden = hidden
        self.outputs = outputs.map { layer($0, inputSize: size) }
    }

    /// The value of the only output layer.
    ///
    /// - Parameters:
    ///   - meta: `[seeds, members, groups, metaSize]`, a row for each group of samples: as many as samples, one for all,
    ///     or one for each task (`DynamicWeights` says which samples form a group). The primary network runs on these
    ///     rows alone.
    ///   - base: `[seeds, members, samples, baseSize]`.
    /// - Returns: `[seeds, members, samples, size]`. Its gradient with respect to `base` passes through the dynamic network
    ///   alone (paper, Fig. 2).
    public func callAsFunction(meta: Tensor, base: Tensor, _ parameters: Parameters) -> Tensor {
        precondition(outputs.count == 1, "HyperNetwork: there are \(outputs.count) output layers")
        return outputs(meta: meta, base: base, parameters)[0]
    }

    /// The values of all output layers; parameters and shapes as in `callAsFunction(meta:base:_:)`.
    public func outputs(meta: Tensor, base: Tensor, _ parameters: Parameters) -> [Tensor] {
        let latent = primary(meta, parameters)
        let value = hidden.reduce(base) { $1($0, latent: latent, parameters).relu() }
        return outputs.map { $0(value, latent: latent, parameters) }
    }

    /// What the primary network makes of the meta variable, `[seeds, members, groups, metaSize]`, layer by layer: hidden
    /// ones, then outputs.
    public func dynamicWeights(meta: Tensor, _ parameters: Parameters) -> [DynamicWeights] {
        let latent = primary(meta, parameters)
        return (hidden + outputs).map { $0.dynamicWeights(latent: latent, parameters) }
    }

    /// The values of all output layers by weights that were generated before, for as long as the meta variable stays.
    ///
    /// - Parameters:
    ///   - base: `[seeds, members, samples, baseSize]`.
    ///   - weights: As `dynamicWeights(meta:_:)` gives them.
    public func outputs(base: Tensor, weights: [DynamicWeights]) -> [Tensor] {
        precondition(weights.count == hidden.count + outputs.count, "HyperNetwork: weights of \(weights.count) layers")
        let value = weights.prefix(hidden.count).reduce(base) { $1($0).relu() }
        return weights.suffix(outputs.count).map { $0(value) }
    }
}
