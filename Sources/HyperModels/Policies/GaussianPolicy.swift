import Glibc
import HyperTensor

/// MAML's policies (paper §5.2, §E): `π(a | s, c) = N(μ, diag σ²)` with a context c of the task.
///
/// log σ is a parameter of the policy, the same for all states and tasks; a hypernetwork does not generate it. What
/// differs is the network of μ (`Kind`).
public struct GaussianPolicy: Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An MLP on the state, which does not see the context.
        case vanilla
        /// An MLP on (state, context).
        case context
        /// f_{w(c)}(s): the context generates the weights of a network that reads the state.
        case hyper
    }

    /// Sizes and initialisation: the paper's and its authors', adjustable for studies and tests.
    public struct Architecture: Hashable, Sendable {
        public var kind: Kind
        /// Widths of the MLPs' hidden layers.
        public var hiddenSizes = [100, 100]
        /// Of the MLPs' layers, the last one included: Xavier-uniform weights, zero biases.
        public var initialization = LayerInitialization.xavier
        /// Of `hyper`.
        public var hyperNetwork = HyperNetwork.Architecture()
        /// Where log σ begins.
        public var logDeviation = 0.0

        public init(_ kind: Kind) {
            self.kind = kind
            hyperNetwork.base = .xavier
        }
    }

    /// σ is no smaller; below it, log σ has gradient 0.
    public static let smallestDeviation = 1e-6

    public let parameters: ParameterList
    public let kind: Kind
    private let mean: MeanNetwork
    private let logDeviation: ParameterID

    private enum MeanNetwork {
        case vanilla(MLP)
        case context(MLP)
        case hyper(HyperNetwork)
    }

    /// Adds the parameters of an MLP or of a hypernetwork, and `log_deviation` `[actionSize]`.
    ///
    /// - Parameter contextSize: Read by `context` and `hyper`.
    public init(stateSize: Int, contextSize: Int, actionSize: Int, architecture: Architecture) {
        var list = ParameterList()
        func mlp(_ inputSize: Int) -> MLP {
            MLP(
                inputSize: inputSize, hiddenSizes: architecture.hiddenSizes, outputSize: actionSize, in: &list,
                initialization: architecture.initialization)
        }
        kind = architecture.kind
        switch architecture.kind {
        case .vanilla: mean = .vanilla(mlp(stateSize))
        case .context: mean = .context(mlp(stateSize + contextSize))
        case .hyper:
            mean = .hyper(
                HyperNetwork(
                    metaSize: contextSize, baseSize: stateSize, outputs: [.output(actionSize)],
                    architecture: architecture.hyperNetwork, in: &list))
        }
        logDeviation = list.add("log_deviation", [actionSize], .constant(architecture.logDeviation))
        parameters = list
    }

    /// π(· | s, c).
    ///
    /// - Parameters:
    ///   - states: `[seeds, members, samples, stateSize]`. Adapted parameters, a set for each task, have the tasks as
    ///     members.
    ///   - contexts: `[seeds, members, groups, contextSize]`, one for each group of samples (`DynamicWeights` says which
    ///     samples form a group); `vanilla` does not read it.
    ///   - values: The parameters' values, `[seeds, members, …]`.
    public func distribution(states: Tensor, contexts: Tensor, _ values: Parameters) -> DiagonalGaussian {
        let mean =
            switch mean {
            case .vanilla(let network): network(states, values)
            case .context(let network):
                network(
                    Tensor.concatenate([states, contexts.repeated(forSamples: states.shape[2])], axis: 3), values)
            case .hyper(let network): network(meta: contexts, base: states, values)
            }
        return DiagonalGaussian(mean: mean, logDeviation: logDeviation(values))
    }

    /// The weights of the mean's network for each context, `[seeds, members, groups, contextSize]`, layer by layer; nil for
    /// policies that generate none.
    public func dynamicWeights(contexts: Tensor, _ values: Parameters) -> [DynamicWeights]? {
        switch mean {
        case .vanilla, .context: nil
        case .hyper(let network): network.dynamicWeights(meta: contexts, values)
        }
    }

    /// π(· | s, c) by weights that `dynamicWeights(contexts:_:)` made before: acting in one task takes them once.
    ///
    /// - Parameter states: `[seeds, members, samples, stateSize]`.
    public func distribution(states: Tensor, weights: [DynamicWeights], _ values: Parameters) -> DiagonalGaussian {
        guard case .hyper(let network) = mean else {
            preconditionFailure("GaussianPolicy: \(kind) generates no weights")
        }
        return DiagonalGaussian(
            mean: network.outputs(base: states, weights: weights)[0], logDeviation: logDeviation(values))
    }

    /// log max(σ, 1e-6), `[seeds, members, 1, actionSize]`.
    private func logDeviation(_ values: Parameters) -> Tensor {
        let value = values[logDeviation].expanded(at: 2)
        return value.maximum(value.trace.constant(Glibc.log(Self.smallestDeviation), value.shape))
    }
}
