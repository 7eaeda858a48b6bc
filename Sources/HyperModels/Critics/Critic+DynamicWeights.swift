import HyperTensor

extension ASHyperCritic {
    public func dynamicWeights(states: Tensor, actions: Tensor, _ parameters: Parameters) -> [DynamicWeights]? {
        network.dynamicWeights(meta: actions, parameters)
    }
}

extension EmbHyperCritic {
    /// One set for all samples: the batch axis has size 1.
    public func dynamicWeights(states: Tensor, actions: Tensor, _ parameters: Parameters) -> [DynamicWeights]? {
        network.dynamicWeights(meta: parameters[embedding].expanded(at: 2), parameters)
    }
}

extension SAHyperCritic {
    public func dynamicWeights(states: Tensor, actions: Tensor, _ parameters: Parameters) -> [DynamicWeights]? {
        network.dynamicWeights(meta: states, parameters)
    }
}
