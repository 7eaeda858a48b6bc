import HyperTensor

/// A fully connected layer, y = x·W + b.
public struct Linear: Sendable {
    let weight: ParameterID
    let bias: ParameterID?
    private let rescaling: WeightRescaling?

    /// Adds `name.weight` `[inputSize, outputSize]`, `name.bias` `[outputSize]`, and what the normalisation needs.
    ///
    /// - Parameter hasBias: False for a layer that batch normalisation follows: it would take the bias away again, so the
    ///   bias's gradient would be rounding alone, out of which Adam makes steps of full size.
    public init(
        _ name: String, inputSize: Int, outputSize: Int, in list: inout ParameterList,
        initialization: LayerInitialization = .pytorch, normalization: Normalization = .none, hasBias: Bool = true
    ) {
        weight = list.add(
            "\(name).weight", [inputSize, outputSize], initialization.weight(fanIn: inputSize, fanOut: outputSize))
        bias = hasBias ? list.add("\(name).bias", [outputSize], initialization.bias(fanIn: inputSize)) : nil
        rescaling = WeightRescaling(
            normalization, name, weight: weight, inputSize: inputSize, outputSize: outputSize, in: &list)
    }

    /// - Parameter x: `[seeds, members, batch, inputSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        var product = x.matmul(parameters[weight])
        if let rescaling { product = product * rescaling.factor(parameters).broadcast(to: product.shape) }
        guard let bias else { return product }
        return product + parameters[bias].expanded(at: 2).broadcast(to: product.shape)
    }
}
