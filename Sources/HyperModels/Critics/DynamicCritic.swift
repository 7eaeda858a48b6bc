import HyperTensor

/// A critic some of whose layers have weights that a hypernetwork makes.
public protocol DynamicCritic: Critic {
    /// The generated weights, layer by layer from the input on; a set for each sample, or one for all.
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
    /// One set for all samples.
    public func dynamicWeights(states: Tensor, actions: Tensor, _ values: Parameters) -> [DynamicWeights] {
        network.dynamicWeights(meta: values[embedding].expanded(at: 2), values)
    }
}

extension SAHyperCritic: DynamicCritic {
    public func dynamicWeights(states: Tensor, actions: Tensor, _ values: Parameters) -> [DynamicWeights] {
        network.dynamicWeights(meta: states, values)
    }
}
