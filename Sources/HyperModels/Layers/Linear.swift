import HyperTensor

/// A fully connected layer, y = x·W + b.
public struct Linear: Sendable {
    let weight: ParameterID
    let bias: ParameterID
    private let rescaling: WeightRescaling?

    /// Adds `name.weight` `[inputSize, outputSize]` and `name.bias` `[outputSize]`, and what the rescaling needs.
    public init(
        _ name: String, inputSize: Int, outputSize: Int, in list: inout ParameterList,
        initialization: LayerInitialization = .pytorch, normalization: Normalization = .none
    ) {
        weight = list.add(
            "\(name).weight", [inputSize, outputSize], initialization.weight(fanIn: inputSize, fanOut: outputSize))
        bias = list.add("\(name).bias", [outputSize], initialization.bias(fanIn: inputSize))
        rescaling = WeightRescaling(
            normalization, name, weight: weight, inputSize: inputSize, outputSize: outputSize, in: &list)
    }

    /// - Parameter x: `[seeds, members, batch, inputSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        var product = x.matmul(parameters[weight])
        if let rescaling { product = product * rescaling.factor(parameters).broadcast(to: product.shape) }
        return product + parameters[bias].expanded(at: 2).broadcast(to: product.shape)
    }
}
