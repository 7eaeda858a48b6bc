/// Size and start of one dynamic layer of a hypernetwork.
public struct DynamicLayerSpecification: Hashable, Sendable {
    /// Numbers that the layer gives.
    public var size: Int
    /// In `HyperInitialization.ours` the weights of its heads begin as U(−bound, bound).
    public var bound: Double

    public init(size: Int, bound: Double) {
        self.size = size
        self.bound = bound
    }

    /// A hidden layer as the paper's (§D.3).
    public static func hidden(_ size: Int) -> Self { Self(size: size, bound: 0.05) }

    /// The paper's output layer (§D.3): values, or a policy's means.
    public static func output(_ size: Int) -> Self { Self(size: size, bound: 0.008) }

    /// The output layer for the logarithm of a policy's standard deviation: small, so that σ begins near 1.
    public static func logDeviation(_ size: Int) -> Self { Self(size: size, bound: 0.001) }
}
