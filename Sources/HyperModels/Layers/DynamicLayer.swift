import HyperTensor

/// A layer whose weights are made by linear heads from a latent, a set for each group of samples (paper §D.1):
/// `y = (1 + g(z)) ⊙ (x · W(z)) + b(z)`.
public struct DynamicLayer: Sendable {
    /// How the heads begin.
    public enum HeadInitialization: Hashable, Sendable {
        /// Weights U(−bound, bound), biases 0.
        case bounded(Double)
        /// PyTorch's default.
        case pytorch
        /// Weights 0; biases make the dynamic layer begin as an ordinary one, with gain 1.
        case base(LayerInitialization)
    }

    private let weightHead: Linear
    private let biasHead: Linear
    private let gainHead: Linear
    private let inputSize: Int
    private let outputSize: Int

    /// Adds `name.weight_head` (latent → in·out, row-major `[in, out]`), `name.bias_head` and `name.gain_head`
    /// (latent → out), each with weight and bias.
    public init(
        _ name: String, latentSize: Int, inputSize: Int, outputSize: Int, heads: HeadInitialization,
        in list: inout ParameterList
    ) {
        func head(_ kind: String, _ size: Int, base: (LayerInitialization) -> Initializer) -> Linear {
            let initialization: LayerInitialization =
                switch heads {
                case .bounded(let bound): .explicit(weight: .uniform(bound: bound), bias: .zeros)
                case .pytorch: .pytorch
                case .base(let layer): .explicit(weight: .zeros, bias: base(layer))
                }
            return Linear(
                "\(name).\(kind)_head", inputSize: latentSize, outputSize: size, in: &list,
                initialization: initialization)
        }
        weightHead = head("weight", inputSize * outputSize) { $0.weight(fanIn: inputSize, fanOut: outputSize) }
        biasHead = head("bias", outputSize) { $0.bias(fanIn: inputSize) }
        gainHead = head("gain", outputSize) { _ in .zeros }
        self.inputSize = inputSize
        self.outputSize = outputSize
    }

    /// - Parameters:
    ///   - x: `[seeds, members, samples, inputSize]`.
    ///   - latent: `[seeds, members, groups, latentSize]`, a row for each group of samples; see `DynamicWeights` for
    ///     which samples those are.
    /// - Returns: `[seeds, members, samples, outputSize]`.
    public func callAsFunction(_ x: Tensor, latent: Tensor, _ parameters: Parameters) -> Tensor {
        dynamicWeights(latent: latent, parameters)(x)
    }

    /// What the heads make of the latent, `[seeds, members, groups, latentSize]`.
    public func dynamicWeights(latent: Tensor, _ parameters: Parameters) -> DynamicWeights {
        let weights = weightHead(latent, parameters).reshaped(to: latent.shape.prefix(3) + [inputSize, outputSize])
        return DynamicWeights(
            weights: weights, gains: gainHead(latent, parameters), biases: biasHead(latent, parameters))
    }
}
