import HyperTensor

/// A fully connected layer, y = x·W + b.
public struct Linear: Sendable {
    let weight: ParameterID
    let bias: ParameterID

    /// Adds `name.weight` `[inputSize, outputSize]` and `name.bias` `[outputSize]`.
    ///
    /// - Parameters:
    ///   - weightInitializer, biasInitializer: PyTorch's default when nil.
    public init(
        _ name: String, inputSize: Int, outputSize: Int, in list: inout ParameterList,
        weightInitializer: Initializer? = nil, biasInitializer: Initializer? = nil
    ) {
        let standard = Initializer.pytorch(fanIn: inputSize)
        weight = list.add("\(name).weight", [inputSize, outputSize], weightInitializer ?? standard)
        bias = list.add("\(name).bias", [outputSize], biasInitializer ?? standard)
    }

    /// - Parameter x: `[seeds, members, batch, inputSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        let product = x.matmul(parameters[weight])
        return product + parameters[bias].expanded(at: 2).broadcast(to: product.shape)
    }
}
