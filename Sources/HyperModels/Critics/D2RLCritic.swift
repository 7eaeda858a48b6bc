import HyperTensor

/// q-d2rl: four hidden layers; state and action join the input of the last three again (Sinha et al. 2020,
/// arXiv 2010.09163).
public struct D2RLCritic: Critic {
    private static let hiddenLayers = 4

    public let parameters: ParameterList
    private let layers: [Linear]
    private let output: Linear

    public init(stateSize: Int, actionSize: Int, baseline: BaselineArchitecture = .init()) {
        var list = ParameterList()
        let (width, initialization) = (baseline.hiddenSize, baseline.initialization)
        let inputs = stateSize + actionSize
        layers = (0..<Self.hiddenLayers).map {
            Linear(
                "layers.\($0)", inputSize: $0 == 0 ? inputs : width + inputs, outputSize: width, in: &list,
                initialization: initialization)
        }
        output = Linear(
            "layers.\(Self.hiddenLayers)", inputSize: width, outputSize: 1, in: &list, initialization: initialization)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        let inputs = Tensor.concatenate([states, actions], axis: 3)
        var value = layers[0](inputs, values).relu()
        for layer in layers.dropFirst() {
            value = layer(Tensor.concatenate([value, inputs], axis: 3), values).relu()
        }
        return output(value, values)
    }
}
