import HyperTensor

/// The nonlinear function between the layers of a primary network (paper, §D.2).
public enum Activation: String, Hashable, Sendable, CaseIterable {
    /// max(x, 0).
    case relu
    /// x where x > 0, else eˣ − 1.
    case elu

    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .relu: x.relu()
        case .elu: Self.elu(x)
        }
    }

    private static func elu(_ x: Tensor) -> Tensor {
        let zero = x.trace.constant(0, x.shape)
        // The exponential sees no positive numbers: their overflow would make the gradient NaN.
        return (zero .< x).select(x, x.minimum(zero).exp() - 1)
    }
}
