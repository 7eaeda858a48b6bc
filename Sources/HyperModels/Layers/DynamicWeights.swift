import HyperTensor

/// What a hypernetwork made for one dynamic layer: a set of weights for each group of samples. It is a layer by itself,
/// so that whoever evaluates many samples of one group generates its weights once.
///
/// The samples of a batch form `groups` groups of equal size, one after the other: with n samples in a group, those of
/// group g are g·n ..< (g + 1)·n. As many groups as samples are weights for each sample (a critic whose state makes
/// them), one group is weights that all samples share (an embedding), and anything between is a set for each task of a
/// meta-batch.
public struct DynamicWeights {
    /// `[seeds, members, groups, in, out]`.
    public let weights: Tensor
    /// g of `y = (1 + g) ⊙ (x · W) + b`, `[seeds, members, groups, out]`.
    public let gains: Tensor
    /// b, `[seeds, members, groups, out]`.
    public let biases: Tensor

    public init(weights: Tensor, gains: Tensor, biases: Tensor) {
        self.weights = weights
        self.gains = gains
        self.biases = biases
    }

    /// `y = (1 + g) ⊙ (x · W) + b` (paper, §D.1), each sample with its group's numbers.
    ///
    /// Samples that do not divide into the groups are an error of the trace.
    ///
    /// - Parameter x: `[seeds, members, samples, in]`.
    /// - Returns: `[seeds, members, samples, out]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (replicas, samples) = (x.shape.prefix(2), x.shape[2])
        let (groups, inputs, outputs) = (weights.shape[2], weights.shape[3], weights.shape[4])
        let factors = 1 + gains
        if groups == samples {
            // One vector-matrix product per sample.
            let product = x.expanded(at: 3).matmul(weights).reshaped(to: x.shape.prefix(3) + [outputs])
            return product * factors + biases
        }
        if groups == 1 {
            let product = x.matmul(weights.reshaped(to: weights.shape.prefix(2) + [inputs, outputs]))
            return product * factors.broadcast(to: product.shape) + biases.broadcast(to: product.shape)
        }
        // One matrix product per group.
        let product = x.reshaped(to: replicas + [groups, samples / max(groups, 1), inputs]).matmul(weights)
        let result =
            product * factors.expanded(at: 3).broadcast(to: product.shape)
            + biases.expanded(at: 3).broadcast(to: product.shape)
        return result.reshaped(to: replicas + [samples, outputs])
    }
}

extension Tensor {
    /// Rows `[seeds, members, groups, size]`, one for each group of samples (`DynamicWeights`), repeated for the samples:
    /// `[seeds, members, samples, size]`. Its gradient sums over the samples of a group.
    ///
    /// Samples that do not divide into the groups are an error of the trace.
    public func repeated(forSamples samples: Int) -> Tensor {
        let (groups, size) = (shape[2], shape[3])
        if groups == samples { return self }
        if groups == 1 { return broadcast(to: shape.replacing(2, with: samples)) }
        let replicas = shape.prefix(2)
        return expanded(at: 3).broadcast(to: replicas + [groups, samples / max(groups, 1), size])
            .reshaped(to: replicas + [samples, size])
    }
}
