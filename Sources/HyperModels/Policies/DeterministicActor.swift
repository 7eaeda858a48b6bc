import HyperTensor

/// TD3's policy: an MLP with tanh, scaled to the action range.
public struct DeterministicActor: Sendable {
    public let parameters: ParameterList
    private let network: MLP
    private let actionLimit: Double

    /// - Parameter actionLimit: Actions lie in `-actionLimit...actionLimit`.
    public init(stateSize: Int, actionSize: Int, hiddenSizes: [Int] = [256, 256], actionLimit: Double = 1) {
        var list = ParameterList()
        network = MLP(inputSize: stateSize, hiddenSizes: hiddenSizes, outputSize: actionSize, in: &list)
        parameters = list
        self.actionLimit = actionLimit
    }

    /// - Parameter states: `[seeds, 1, batch, stateSize]`.
    /// - Returns: Actions, `[seeds, 1, batch, actionSize]`.
    public func callAsFunction(states: Tensor, _ values: Parameters) -> Tensor {
        network(states, values).tanh() * actionLimit
    }
}
