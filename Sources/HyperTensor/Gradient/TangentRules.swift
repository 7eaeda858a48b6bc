/// How tangents pass through each op: with `y = f(x…)` and the tangents ẋ of the operands, the tangent `ẏ = Σ (∂y/∂x) ẋ`.
enum TangentRules {
    /// The tangent of the value; nil where it does not move.
    ///
    /// - Parameter tangents: Of each operand, of its shape; nil for operands that do not move. At least one moves.
    static func push(_ tangents: [Tensor?], through op: Op, value y: Tensor, operands: [Tensor]) -> Tensor? {
        switch op {
        case .unary(let function): return tangents[0].flatMap { GradientRules.unary(function, $0, operands[0], y) }
        case .binary(let function): return binary(function, tangents, y, operands[0], operands[1])
        case .select: return select(operands[0], tangents[1], tangents[2])
        case .broadcast, .reshape, .transpose, .slice, .pad, .reduce(.sum, _), .gather, .scatterAdd:
            // Linear in the first operand; the second one holds indices.
            return tangents[0].map { $0.trace.record(op, [$0] + operands.dropFirst(), y.shape) }
        case .concatenate:
            return y.trace.record(op, zip(tangents, operands).map { $0 ?? $1.like(0) }, y.shape)
        case .reduce(.maximum, let axes), .reduce(.minimum, let axes):
            // Equal extremes move it by their mean.
            let x = operands[0]
            let mask = x .== y.broadcast(to: x.shape)
            return tangents[0].map { (mask * $0).sum(axes: axes) / mask.sum(axes: axes) }
        case .cast(let element):
            let isSmooth = element.isDifferentiable && operands[0].type.element.isDifferentiable
            return isSmooth ? tangents[0].map { $0.cast(to: element) } : nil
        case .dot:  // y = Σ a b: ẏ = Σ ȧ b + Σ a ḃ
            return sum(tangents[0].map { $0.dot(operands[1]) }, tangents[1].map { operands[0].dot($0) })
        case .matmul(let left, let right):  // Y = A B: Ẏ = Ȧ B + A Ḃ
            return sum(
                tangents[0].map { $0.matmul(operands[1], transposeLeft: left, transposeRight: right) },
                tangents[1].map { operands[0].matmul($0, transposeLeft: left, transposeRight: right) })
        case .stopGradient, .random: return nil
        case .input, .constant, .read: preconditionFailure("tangent: \(op.kind) has no operands")
        case .assign, .assignRows, .adam, .softUpdate:
            preconditionFailure("tangent: \(op.kind) is an effect and has no value")
        }
    }

    private static func binary(
        _ function: Binary, _ tangents: [Tensor?], _ y: Tensor, _ a: Tensor, _ b: Tensor
    ) -> Tensor? {
        let (da, db) = (tangents[0], tangents[1])
        switch function {
        case .add: return sum(da, db)
        case .subtract:
            guard let db else { return da }
            return da.map { $0 - db } ?? -db
        case .multiply: return sum(da.map { $0 * b }, db.map { a * $0 })
        case .divide:  // y = a/b: (ȧ − y ḃ)/b
            guard let db else { return da.map { $0 / b } }
            let scaled = y * db
            return (da.map { $0 - scaled } ?? -scaled) / b
        // Of equal operands the left one moves the value.
        case .maximum: return select(b .<= a, da, db)
        case .minimum: return select(a .<= b, da, db)
        case .less, .lessOrEqual, .equal: return nil
        }
    }

    /// The tangent of the operand that the mask picks.
    private static func select(_ mask: Tensor, _ whenTrue: Tensor?, _ whenFalse: Tensor?) -> Tensor? {
        guard let zero = (whenTrue ?? whenFalse)?.like(0) else { return nil }
        return mask.select(whenTrue ?? zero, whenFalse ?? zero)
    }

    private static func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
        guard let a else { return b }
        return b.map { a + $0 } ?? a
    }
}
