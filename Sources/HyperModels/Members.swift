import HyperTensor

extension Tensor {
    /// `[seeds, 1, …]` once for each member, `[seeds, count, …]`; a view, nothing moves.
    public func broadcast(toMembers count: Int) -> Tensor { broadcast(to: shape.replacing(1, with: count)) }
}

extension Parameters {
    /// Members of each seed.
    ///
    /// - Precondition: There is a parameter.
    public var memberCount: Int { tensors[0].shape[1] }
}
