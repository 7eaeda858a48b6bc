import HyperTensor

/// SAC's policy: an MLP that gives mean and log standard deviation of a normal distribution, squashed by tanh and scaled
/// to the action range (Haarnoja et al. 2018, arXiv:1801.01290, appendix C).
public struct GaussianActor: Sendable {
    public let parameters: ParameterList
    private let body: MLP
    private let head: Linear
    private let actionSize: Int
    /// Actions lie in `-actionLimit...actionLimit`.
    public let actionLimit: Double

    /// The last layer, `layers.<n>`, holds the means' columns and then those of log σ; it begins as two layers of
    /// `actionSize` outputs each would.
    ///
    /// - Parameters:
    ///   - hiddenSizes: At least one.
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    ///   - initialization: Of the hidden layers; SAC's are Xavier-uniform with zero biases.
    ///   - heads: Of the last layer.
    public init(
        stateSize: Int, actionSize: Int, hiddenSizes: [Int] = [256, 256], actionLimit: Double = 1,
        initialization: LayerInitialization = .xavier, heads: LayerInitialization = .xavier
    ) {
        precondition(!hiddenSizes.isEmpty, "GaussianActor: at least one hidden layer is needed")
        var list = ParameterList()
        let width = hiddenSizes[hiddenSizes.count - 1]
        body = MLP(
            inputSize: stateSize, hiddenSizes: hiddenSizes.dropLast(), outputSize: width, in: &list,
            initialization: initialization)
        head = Linear(
            "layers.\(hiddenSizes.count)", inputSize: width, outputSize: 2 * actionSize, in: &list,
            initialization: .explicit(
                weight: heads.weight(fanIn: width, fanOut: actionSize), bias: heads.bias(fanIn: width)))
        parameters = list
        self.actionSize = actionSize
        self.actionLimit = actionLimit
    }

    /// The distribution before tanh.
    ///
    /// - Parameter states: `[seeds, members, batch, stateSize]`.
    public func distribution(states: Tensor, _ values: Parameters) -> SquashedGaussian {
        let output = head(body(states, values).relu(), values)
        return SquashedGaussian(
            mean: output.slice(axis: 3, 0..<actionSize),
            unclampedLogDeviation: output.slice(axis: 3, actionSize..<2 * actionSize), actionLimit: actionLimit)
    }

    /// The policy without exploration, `L · tanh(μ)`.
    ///
    /// - Parameter states: `[seeds, members, batch, stateSize]`.
    /// - Returns: `[seeds, members, batch, actionSize]`.
    public func meanAction(states: Tensor, _ values: Parameters) -> Tensor {
        distribution(states: states, values).meanAction
    }
}
