import HyperTensor

/// The work of an op, for speeds and rooflines.
public struct OpCost: Sendable, Hashable {
    /// Floating-point operations; a function such as exp counts as one, a fused multiply-add as two.
    public var flops: Int
    /// Bytes that must be read or written at least once, as if nothing stayed in a cache.
    public var bytes: Int

    public init(flops: Int = 0, bytes: Int = 0) {
        self.flops = flops
        self.bytes = bytes
    }

    public static func + (lhs: OpCost, rhs: OpCost) -> OpCost {
        OpCost(flops: lhs.flops + rhs.flops, bytes: lhs.bytes + rhs.bytes)
    }

    /// The cost of one op alone, nothing fused.
    ///
    /// - Parameters:
    ///   - operands: The operands' types.
    ///   - result: The type of the op's value; ignored for effects.
    public init(of op: Op, operands: [TensorType], result: TensorType) {
        let moved = operands.reduce(result.byteCount) { $0 + $1.byteCount }
        switch op {
        case .input, .constant, .read, .reshape, .stopGradient:
            self.init()  // names for memory that exists
        case .unary, .binary, .select, .cast:
            self.init(flops: result.count, bytes: moved)
        case .broadcast, .transpose, .concatenate, .pad:
            self.init(bytes: moved)
        case .slice:
            self.init(bytes: 2 * result.byteCount)
        case .reduce:
            self.init(flops: operands[0].count, bytes: moved)
        case .dot:
            self.init(flops: 2 * operands[0].count, bytes: moved)
        case .matmul(let transposeLeft, _):
            let left = operands[0].shape
            self.init(flops: 2 * result.count * left[left.rank - (transposeLeft ? 2 : 1)], bytes: moved)
        case .gather:
            self.init(bytes: 2 * result.byteCount + operands[1].byteCount)
        case .scatterAdd:
            self.init(flops: operands[0].count, bytes: moved + operands[0].byteCount)
        case .random:
            self.init(bytes: result.byteCount)
        case .assign:
            self.init(bytes: 2 * operands[0].byteCount)
        case .assignRows:
            self.init(bytes: 2 * operands[0].byteCount + operands[1].byteCount)
        case .adam(let update): self = .adam(elements: update.parameters.reduce(0) { $0 + $1.type.count })
        case .softUpdate(let update): self = .softUpdate(elements: update.targets.reduce(0) { $0 + $1.type.count })
        }
    }

    /// Moments 3 + 4, square root, product, sum, quotient, product and difference 6. Gradient, parameter and moments read, the last
    /// three written.
    static func adam(elements: Int) -> OpCost { OpCost(flops: 13 * elements, bytes: 7 * 4 * elements) }

    static func softUpdate(elements: Int) -> OpCost { OpCost(flops: 3 * elements, bytes: 3 * 4 * elements) }
}
