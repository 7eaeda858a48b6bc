import HyperTensor

/// PEARL's policy π(a | s, z), a squashed normal distribution (Rakelly et al. 2019, arXiv 1903.08254), as an MLP on (s, z)
/// or as a hypernetwork whose meta variable is z and whose base variable is s (paper §5.3).
///
/// Mean and log σ are two output layers on one trunk; log σ is clamped to `SquashedGaussian.logDeviationRange`, with
/// gradient 0 outside.
public struct LatentPolicy: Sendable {
    public let parameters: ParameterList
    public let kind: LatentArchitecture.Kind
    private let network: Network
    private let actionLimit: Double

    private enum Network {
        case mlp(GaussianActor)
        case hyper(HyperNetwork)
    }

    /// - Parameters:
    ///   - latentSize: Size of z.
    ///   - actionLimit: Actions lie in `-actionLimit...actionLimit`.
    public init(
        stateSize: Int, latentSize: Int, actionSize: Int, architecture: LatentArchitecture, actionLimit: Double = 1
    ) {
        kind = architecture.kind
        self.actionLimit = actionLimit
        switch architecture.kind {
        case .mlp:
            let actor = GaussianActor(
                stateSize: stateSize + latentSize, actionSize: actionSize, hiddenSizes: architecture.hiddenSizes,
                actionLimit: actionLimit, initialization: architecture.initialization, heads: architecture.policyHeads)
            parameters = actor.parameters
            network = .mlp(actor)
        case .hyper:
            var list = ParameterList()
            network = .hyper(
                HyperNetwork(
                    metaSize: latentSize, baseSize: stateSize,
                    outputs: [.output(actionSize), .logDeviation(actionSize)],
                    architecture: architecture.hyperNetwork, in: &list))
            parameters = list
        }
    }

    /// π(· | s, z).
    ///
    /// - Parameters:
    ///   - states: `[seeds, members, samples, stateSize]`.
    ///   - latents: z, `[seeds, members, groups, latentSize]`, one for each group of samples (`DynamicWeights` says which
    ///     samples form a group).
    ///   - values: The parameters' values, `[seeds, members, …]`.
    public func distribution(states: Tensor, latents: Tensor, _ values: Parameters) -> SquashedGaussian {
        switch network {
        case .mlp(let actor):
            let inputs = [states, latents.repeated(forSamples: states.shape[2])]
            return actor.distribution(states: Tensor.concatenate(inputs, axis: 3), values)
        case .hyper(let network): return squashed(network.outputs(meta: latents, base: states, values))
        }
    }

    /// The policy's weights for each z, `[seeds, members, groups, latentSize]`, layer by layer; nil for an MLP.
    public func dynamicWeights(latents: Tensor, _ values: Parameters) -> [DynamicWeights]? {
        switch network {
        case .mlp: nil
        case .hyper(let network): network.dynamicWeights(meta: latents, values)
        }
    }

    /// π(· | s, z) by weights that `dynamicWeights(latents:_:)` made before: an episode takes them once.
    ///
    /// - Parameter states: `[seeds, members, samples, stateSize]`.
    public func distribution(states: Tensor, weights: [DynamicWeights]) -> SquashedGaussian {
        guard case .hyper(let network) = network else {
            preconditionFailure("LatentPolicy: \(kind) generates no weights")
        }
        return squashed(network.outputs(base: states, weights: weights))
    }

    private func squashed(_ outputs: [Tensor]) -> SquashedGaussian {
        SquashedGaussian(mean: outputs[0], unclampedLogDeviation: outputs[1], actionLimit: actionLimit)
    }
}
