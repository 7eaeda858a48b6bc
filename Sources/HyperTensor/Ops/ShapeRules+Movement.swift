extension ShapeRules {
    /// Types of the ops that only move elements.
    static func movementType(_ op: Op, _ operands: [TensorType], _ requested: Shape?) throws -> TensorType {
        let name = op.kind.description
        guard let first = operands.first else { throw TensorError("\(name): takes at least one operand") }
        let from = first.shape
        func typed(_ shape: Shape) -> TensorType { TensorType(first.element, shape) }
        switch op {
        case .broadcast:
            guard let to = requested, to.rank == from.rank,
                zip(from.dimensions, to.dimensions).allSatisfy({ $0 == $1 || $0 == 1 })
            else { throw TensorError("\(name): \(from) cannot grow to \(requested?.description ?? "?")") }
            return typed(to)
        case .reshape:
            guard let to = requested, to.count == from.count else {
                throw TensorError(
                    "\(name): \(from) (\(from.count) elements) cannot become \(requested?.description ?? "?")")
            }
            return typed(to)
        case .transpose(let permutation):
            guard permutation.sorted() == Array(0..<from.rank) else {
                throw TensorError("\(name): \(permutation) is not a permutation of the axes of \(from)")
            }
            return typed(Shape(permutation.map { from[$0] }))
        case .slice(let starts):
            guard let to = requested, to.rank == from.rank, starts.count == from.rank,
                (0..<from.rank).allSatisfy({ starts[$0] >= 0 && starts[$0] + to[$0] <= from[$0] })
            else { throw TensorError("\(name): block \(requested?.description ?? "?") at \(starts) leaves \(from)") }
            return typed(to)
        case .pad(let before):
            guard let to = requested, to.rank == from.rank, before.count == from.rank,
                (0..<from.rank).allSatisfy({ before[$0] >= 0 && before[$0] + from[$0] <= to[$0] })
            else { throw TensorError("\(name): \(from) at \(before) leaves \(requested?.description ?? "?")") }
            return typed(to)
        case .concatenate(let axis):
            guard from.dimensions.indices.contains(axis) else {
                throw TensorError("\(name): no axis \(axis) in \(from)")
            }
            var size = 0
            for operand in operands {
                guard operand.element == first.element, operand.shape.rank == from.rank,
                    operand.shape.replacing(axis, with: 1) == from.replacing(axis, with: 1)
                else { throw TensorError("\(name): \(operand) does not continue \(first) along axis \(axis)") }
                size += operand.shape[axis]
            }
            return typed(from.replacing(axis, with: size))
        case .input, .constant, .read, .unary, .binary, .select, .cast, .reduce, .dot, .matmul, .gather, .scatterAdd,
            .random,
            .stopGradient, .assign, .assignRows, .adam, .softUpdate:
            preconditionFailure("movementType: \(name) moves nothing")
        }
    }
}
