import HyperTensor

/// Linear layers with ReLU between them and nothing after the last.
public struct MLP: Sendable {
    let layers: [Linear]

    /// Adds `layers.0`, `layers.1`, … to `list`.
    ///
    /// - Parameters:
    ///   - initialization: Of all layers.
    ///   - last: Of the last layer, if it begins in another way.
    public init(
        inputSize: Int, hiddenSizes: [Int], outputSize: Int, in list: inout ParameterList,
        initialization: LayerInitialization = .pytorch, last: LayerInitialization? = nil
    ) {
        var layers: [Linear] = []
        var size = inputSize
        for (index, next) in (hiddenSizes + [outputSize]).enumerated() {
            let isLast = index == hiddenSizes.count
            layers.append(
                Linear(
                    "layers.\(index)", inputSize: size, outputSize: next, in: &list,
                    initialization: isLast ? last ?? initialization : initialization))
            size = next
        }
        self.layers = layers
    }

    /// - Parameter x: `[seeds, members, batch, inputSize]`.
    /// - Returns: `[seeds, members, batch, outputSize]`.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        var value = x
        for (index, layer) in layers.enumerated() {
            value = layer(index == 0 ? value : value.relu(), parameters)
        }
        return value
    }
}
