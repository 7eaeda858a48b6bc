import HyperTensor

/// A fully connected layer, y = x·W + b.
public struct Linear: Sendable {
    let weight: ParameterID
    let bias: ParameterID

    /// Adds `name.weight` `[inputSize, outputSize]` and `name.bias` `[outputSize]`.
    public init(
        _ name: String, inputSize: Int, outputSize: Int, in list: inout ParameterList,
        initialization: LayerInitialization = .pytorch
    ) {
        weight = list.add(
            "\(name).weight", [inputSize, outputSize], initialization.weight(fanIn: inputSize, fanOut: outputSize))
        bias = list.add("\(name).bias", [outputSize], initialization.bias(fanIn: inputSize))
    }

    /// - Parameter x: `[seeds, members, batch, inputSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        let product = x.matmul(parameters[weight])
        return product + parameters[bias].expanded(at: 2).broadcast(to: product.shape)
    }
}
