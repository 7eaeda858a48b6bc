import Glibc
import HyperTensor

/// SAC's policy: an MLP that gives mean and log standard deviation of a normal distribution, squashed by tanh and scaled
/// to the action range (Haarnoja et al. 2018, arXiv:1801.01290, appendix C).
public struct GaussianActor: Sendable {
    /// Where log σ is held (the authors' code).
    public static let logDeviationRange = -20.0...2.0

    public let parameters: ParameterList
    private let body: MLP
    private let head: Linear
    private let actionSize: Int
    /// Actions lie in `-actionLimit...actionLimit`.
    public let actionLimit: Double

    /// Xavier-uniform weights, zero biases. The last layer, `layers.<n>`, holds the means' columns and then those of
    /// log σ; it begins as two layers of `actionSize` outputs each would.
    ///
    /// - Parameters:
    ///   - hiddenSizes: At least one.
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    public init(stateSize: Int, actionSize: Int, hiddenSizes: [Int] = [256, 256], actionLimit: Double = 1) {
        precondition(!hiddenSizes.isEmpty, "GaussianActor: at least one hidden layer is needed")
        var list = ParameterList()
        let width = hiddenSizes[hiddenSizes.count - 1]
        body = MLP(
            inputSize: stateSize, hiddenSizes: hiddenSizes.dropLast(), outputSize: width, in: &list,
            initialization: .xavier)
        head = Linear(
            "layers.\(hiddenSizes.count)", inputSize: width, outputSize: 2 * actionSize, in: &list,
            initialization: .explicit(
                weight: LayerInitialization.xavier.weight(fanIn: width, fanOut: actionSize), bias: .zeros))
        parameters = list
        self.actionSize = actionSize
        self.actionLimit = actionLimit
    }

    /// The distribution before tanh.
    ///
    /// - Parameter states: `[seeds, 1, batch, stateSize]`.
    public func distribution(states: Tensor, _ values: Parameters) -> SquashedGaussian {
        let output = head(body(states, values).relu(), values)
        return SquashedGaussian(
            mean: output.slice(axis: 3, 0..<actionSize),
            logDeviation: output.slice(axis: 3, actionSize..<2 * actionSize).clamped(to: Self.logDeviationRange),
            actionLimit: actionLimit)
    }

    /// The policy without exploration, `L · tanh(μ)`.
    ///
    /// - Parameter states: `[seeds, 1, batch, stateSize]`.
    /// - Returns: `[seeds, 1, batch, actionSize]`.
    public func meanAction(states: Tensor, _ values: Parameters) -> Tensor {
        distribution(states: states, values).meanAction
    }
}

/// `a = L · tanh(u)`, `u ~ N(μ, σ²)`, independent in each action.
public struct SquashedGaussian {
    /// μ, `[seeds, 1, batch, actionSize]`.
    public let mean: Tensor
    /// log σ, of the same shape.
    public let logDeviation: Tensor
    /// L.
    public let actionLimit: Double

    /// `L · tanh(μ)`.
    public var meanAction: Tensor { mean.tanh() * actionLimit }

    /// An action for each standard normal `noise` ε: `L · tanh(μ + σ ε)`.
    public func action(noise: Tensor) -> Tensor { (mean + logDeviation.exp() * noise).tanh() * actionLimit }

    /// An action as `action(noise:)`, with the logarithm of its probability density.
    ///
    /// `log π(a) = Σᵢ (−ε²/2 − log σ − ½ log 2π − 2 (log 2 − u − softplus(−2u)) − log L)`. Twice the bracket
    /// is `log(1 − tanh²u)` in a form that keeps its digits at large |u|. ε stands for (u − μ)/σ, which is its
    /// value and whose gradient, 0, is that of the original.
    ///
    /// - Parameter noise: ε ~ N(0, 1), `[seeds, 1, batch, actionSize]`.
    /// - Returns: Actions of that shape, and log π `[seeds, 1, batch, 1]`.
    public func sample(noise: Tensor) -> (actions: Tensor, logProbability: Tensor) {
        let unsquashed = mean + logDeviation.exp() * noise
        let normal = noise.square() * -0.5 - logDeviation - (0.5 * log(2 * Double.pi) + log(actionLimit))
        let correction = (log(2) - unsquashed - (unsquashed * -2).softplus()) * 2
        return (unsquashed.tanh() * actionLimit, (normal - correction).sum(axes: [3]))
    }
}
