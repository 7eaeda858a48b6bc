import HyperTensor

/// What a hypernetwork made for one dynamic layer, for each sample.
public struct DynamicWeights {
    /// `[seeds, members, batch, in, out]`.
    public let weights: Tensor
    /// g of `y = (1 + g) ⊙ (x · W) + b`, `[seeds, members, batch, out]`.
    public let gains: Tensor
}

/// A critic some of whose layers have weights that a hypernetwork makes.
public protocol DynamicCritic: Critic {
    /// The generated weights, layer by layer from the input on.
    ///
    /// - Parameters:
    ///   - states: `[seeds, members, batch, stateSize]`.
    ///   - actions: `[seeds, members, batch, actionSize]`.
    func dynamicWeights(states: Tensor, actions: Tensor, _ values: Parameters) -> [DynamicWeights]
}

extension ASHyperCritic: DynamicCritic {
    public func dynamicWeights(states: Tensor, actions: Tensor, _ values: Parameters) -> [DynamicWeights] {
        network.dynamicWeights(meta: actions, values)
    }
}

extension EmbHyperCritic: DynamicCritic {
    /// One set for all samples: the batch axis has size 1.
    public func dynamicWeights(states: Tensor, actions: Tensor, _ values: Parameters) -> [DynamicWeights] {
        network.dynamicWeights(meta: values[embedding].expanded(at: 2), values)
    }
}

extension SAHyperCritic: DynamicCritic {
    public func dynamicWeights(states: Tensor, actions: Tensor, _ values: Parameters) -> [DynamicWeights] {
        network.dynamicWeights(meta: states, values)
    }
}
