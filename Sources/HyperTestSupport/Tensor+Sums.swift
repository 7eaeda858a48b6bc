import HyperTensor

extension Tensor {
    /// The sum of all elements, `[]`.
    public var total: Tensor { reshaped(to: [shape.count]).sum(axes: [0]).reshaped(to: []) }
}

extension Trace {
    /// The scalar product of two lists of float32 or float64 tensors of the same types, f32`[]`; 0 of empty lists.
    public func scalarProduct(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
        zip(a, b).map { ($0 * $1).total.cast(to: .float32) }.reduce(constant(0), +)
    }
}
