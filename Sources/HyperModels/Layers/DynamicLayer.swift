import HyperTensor

/// A layer whose weights differ from sample to sample, made by linear heads from a latent (paper §D.1):
/// `y = (1 + g(z)) ⊙ (x · W(z)) + b(z)`.
public struct DynamicLayer: Sendable {
    private let weightHead: Linear
    private let biasHead: Linear
    private let gainHead: Linear
    private let inputSize: Int
    private let outputSize: Int

    /// Adds `name.weight_head` (latent → in·out, row-major `[in, out]`), `name.bias_head` and `name.gain_head`
    /// (latent → out), each with weight and bias.
    ///
    /// - Parameter headBound: Head weights begin as U(−headBound, headBound) with zero biases; PyTorch's default if nil.
    public init(
        _ name: String, latentSize: Int, inputSize: Int, outputSize: Int, headBound: Double?,
        in list: inout ParameterList
    ) {
        let initialization =
            headBound.map { LayerInitialization.explicit(weight: .uniform(bound: $0), bias: .zeros) } ?? .pytorch
        weightHead = Linear(
            "\(name).weight_head", inputSize: latentSize, outputSize: inputSize * outputSize, in: &list,
            initialization: initialization)
        biasHead = Linear(
            "\(name).bias_head", inputSize: latentSize, outputSize: outputSize, in: &list,
            initialization: initialization)
        gainHead = Linear(
            "\(name).gain_head", inputSize: latentSize, outputSize: outputSize, in: &list,
            initialization: initialization)
        self.inputSize = inputSize
        self.outputSize = outputSize
    }

    /// - Parameters:
    ///   - x: `[seeds, members, batch, inputSize]`.
    ///   - latent: `[seeds, members, batch, latentSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, latent: Tensor, _ parameters: Parameters) -> Tensor {
        let batch = latent.shape.prefix(3)
        let weights = weightHead(latent, parameters).reshaped(to: batch + [inputSize, outputSize])
        // One vector-matrix product per sample.
        let product = x.expanded(at: 3).matmul(weights).reshaped(to: batch + [outputSize])
        return product * (1 + gainHead(latent, parameters)) + biasHead(latent, parameters)
    }
}
