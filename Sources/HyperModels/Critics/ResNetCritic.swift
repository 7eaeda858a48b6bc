import HyperTensor

/// resnet35: a linear layer on (state, action), residual blocks, ReLU, a linear layer.
public struct ResNetCritic: Critic {
    public let parameters: ParameterList
    private let input: Linear
    private let blocks: [PreactivationBlock]
    private let output: Linear

    public init(stateSize: Int, actionSize: Int, baseline: BaselineArchitecture = .init()) {
        var list = ParameterList()
        let (width, initialization) = (baseline.hiddenSize, baseline.initialization)
        input = Linear(
            "input", inputSize: stateSize + actionSize, outputSize: width, in: &list, initialization: initialization)
        blocks = (0..<baseline.residualBlocks).map {
            .residual("residual.\($0 + 1)", width: width, in: &list, initialization: initialization)
        }
        output = Linear("output", inputSize: width, outputSize: 1, in: &list, initialization: initialization)
        parameters = list
    }

    public func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor {
        var value = input(Tensor.concatenate([states, actions], axis: 3), values)
        for block in blocks { value = block(value, values) }
        return output(value.relu(), values)
    }
}
