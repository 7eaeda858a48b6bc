/// A value of a program that is being traced.
public struct Tensor {
    public let trace: Trace
    let id: NodeID

    init(trace: Trace, id: NodeID) {
        self.trace = trace
        self.id = id
    }

    public var type: TensorType { trace.nodes[id].type }
    public var shape: Shape { type.shape }

    func record(_ op: Op, _ others: [Tensor] = [], shape: Shape? = nil, at location: SourceLocation? = nil) -> Tensor {
        trace.record(op, [self] + others, shape, location)
    }

    /// The same number in this tensor's shape and type.
    public func like(_ value: Double) -> Tensor { trace.constant(value, type) }
}
