import HyperTensor

/// Two layers, each after an activation, and what becomes of their input:
/// `h(x) = second(act(norm(first(act(norm(x))))))`.
public struct PreactivationBlock: Sendable {
    /// How input and `h` make the result.
    enum Join: Sendable {
        /// `x + h(x)`: a residual block (He et al. 2016).
        case add
        /// `h(x)`: plain layers.
        case replace
        /// `(x, h(x))`: a dense block's layer (Huang et al. 2017).
        case append
    }

    private let first: Linear
    private let second: Linear
    private let norms: [BatchNorm]
    private let activation: Activation
    private let join: Join

    /// Adds `name.first` (width → hidden), `name.second` (hidden → outputs) and, with batch normalisation,
    /// `name.first_norm` and `name.second_norm` before their activations.
    ///
    /// - Parameter hasOutputBias: Whether the second layer has a bias. The first has none if a norm follows it.
    init(
        _ name: String, width: Int, hidden: Int, outputs: Int, join: Join, in list: inout ParameterList,
        initialization: LayerInitialization, activation: Activation = .relu, normalization: Normalization = .none,
        hasOutputBias: Bool = true
    ) {
        precondition(join != .add || width == outputs, "PreactivationBlock: a sum of \(width) and \(outputs) numbers")
        first = Linear(
            "\(name).first", inputSize: width, outputSize: hidden, in: &list, initialization: initialization,
            normalization: normalization, hasBias: normalization != .batch)
        second = Linear(
            "\(name).second", inputSize: hidden, outputSize: outputs, in: &list, initialization: initialization,
            normalization: normalization, hasBias: hasOutputBias)
        norms =
            normalization == .batch
            ? [
                BatchNorm("\(name).first_norm", width: width, in: &list),
                BatchNorm("\(name).second_norm", width: hidden, in: &list),
            ] : []
        self.activation = activation
        self.join = join
    }

    /// A residual block of one width: `x + second(relu(first(relu(x))))`.
    static func residual(
        _ name: String, width: Int, in list: inout ParameterList, initialization: LayerInitialization
    ) -> PreactivationBlock {
        PreactivationBlock(
            name, width: width, hidden: width, outputs: width, join: .add, in: &list, initialization: initialization)
    }

    /// - Parameter x: `[seeds, members, batch, width]`.
    /// - Returns: `[seeds, members, batch, …]`: width, outputs, or their sum, as the join has it.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        func activated(_ value: Tensor, _ position: Int) -> Tensor {
            activation(norms.isEmpty ? value : norms[position](value, parameters))
        }
        let inner = second(activated(first(activated(x, 0), parameters), 1), parameters)
        switch join {
        case .add: return x + inner
        case .replace: return inner
        case .append: return Tensor.concatenate([x, inner], axis: 3)
        }
    }
}
