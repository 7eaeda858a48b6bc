import HyperTensor

/// A layer whose weights differ from sample to sample, made by linear heads from a latent (paper §D.1):
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
    ///   - x: `[seeds, members, batch, inputSize]`.
    ///   - latent: `[seeds, members, batch, latentSize]`, or `[seeds, members, 1, latentSize]` for weights that all
    ///     samples share.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, latent: Tensor, _ parameters: Parameters) -> Tensor {
        let samples = x.shape.prefix(3)
        let weights = weights(latent, parameters)
        let gain = 1 + gainHead(latent, parameters)
        let bias = biasHead(latent, parameters)
        guard latent.shape[2] == x.shape[2] else {
            let product = x.matmul(weights.reshaped(to: latent.shape.prefix(2) + [inputSize, outputSize]))
            return product * gain.broadcast(to: product.shape) + bias.broadcast(to: product.shape)
        }
        // One vector-matrix product per sample.
        return x.expanded(at: 3).matmul(weights).reshaped(to: samples + [outputSize]) * gain + bias
    }

    /// What the heads make of the latent, `[seeds, members, batch, latentSize]`.
    public func dynamicWeights(latent: Tensor, _ parameters: Parameters) -> DynamicWeights {
        DynamicWeights(weights: weights(latent, parameters), gains: gainHead(latent, parameters))
    }

    /// `[seeds, members, batch, in, out]`.
    private func weights(_ latent: Tensor, _ parameters: Parameters) -> Tensor {
        weightHead(latent, parameters).reshaped(to: latent.shape.prefix(3) + [inputSize, outputSize])
    }
}
