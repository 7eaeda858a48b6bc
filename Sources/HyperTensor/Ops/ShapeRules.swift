/// The shape rule of each op: checks operands and gives the type of the value.
enum ShapeRules {
    /// Type of the value of `op`, or of an effect (`f32[0]`).
    ///
    /// - Parameter requested: The shape asked for, for ops whose operands leave it open.
    /// - Throws: `TensorError` without position; the tracer adds it.
    static func resultType(of op: Op, operands: [TensorType], requested: Shape?) throws -> TensorType {
        let name = op.kind.description
        func expect(_ count: Int) throws {
            guard operands.count == count else {
                throw TensorError("\(name): takes \(count) operands, got \(operands.count)")
            }
        }
        func expectElement(of index: Int, in types: [ElementType]) throws {
            if types.contains(operands[index].element) { return }
            let expected = types.map(\.rawValue).joined(separator: " or ")
            throw TensorError("\(name): operand \(index) is \(operands[index]), expected \(expected)")
        }
        func expectElements(_ types: [ElementType]) throws {
            for (index, type) in types.enumerated() { try expectElement(of: index, in: [type]) }
        }
        /// The same type as an operand before; nothing is cast by itself.
        func expectElement(of index: Int, as other: Int) throws {
            let (type, expected) = (operands[index], operands[other].element.rawValue)
            guard type.element == operands[other].element else {
                throw TensorError("\(name): operand \(index) is \(type), expected \(expected); cast is explicit")
            }
        }
        func need(_ shape: Shape?) throws -> Shape {
            guard let shape else { throw TensorError("\(name): needs a result shape") }
            return shape
        }
        switch op {
        case .input, .constant:
            try expect(0)
            let shape = try need(requested)
            if case .constant(.values(let values)) = op, values.count != shape.count {
                throw TensorError("\(name): \(values.count) values for shape \(shape) (\(shape.count) elements)")
            }
            return TensorType(.float32, shape)
        case .read(let variable):
            try expect(0)
            return variable.type
        case .unary(let function):
            try expect(1)
            try expectElement(of: 0, in: function.takesDoubles ? [.float32, .float64] : [.float32])
            return function == .isFinite ? TensorType(.float32, operands[0].shape) : operands[0]
        case .binary(let function):
            try expect(2)
            try expectElement(of: 0, in: function == .divide ? [.float32, .float64] : [.float32, .int32, .float64])
            try expectElement(of: 1, as: 0)
            try expectEqualShapes(name, operands)
            return function.isComparison ? TensorType(.float32, operands[0].shape) : operands[0]
        case .select:
            try expect(3)
            try expectElement(of: 0, in: [.float32])
            try expectElement(of: 2, as: 1)
            try expectEqualShapes(name, operands)
            return operands[1]
        case .cast(let element):
            try expect(1)
            return TensorType(element, operands[0].shape)
        case .stopGradient:
            try expect(1)
            return operands[0]
        case .broadcast, .reshape, .transpose, .slice, .pad, .concatenate:
            if case .concatenate = op {} else { try expect(1) }
            return try movementType(op, operands, requested)
        case .reduce(let reduction, let axes):
            try expect(1)
            try expectElement(of: 0, in: reduction == .sum ? [.float32, .float64] : [.float32])
            var sizes = operands[0].shape.dimensions
            guard axes == Array(Set(axes)).sorted(), axes.allSatisfy({ sizes.indices.contains($0) }), !axes.isEmpty
            else {
                throw TensorError("\(name): axes \(axes) are not ascending axes of \(operands[0].shape)")
            }
            for axis in axes {
                guard sizes[axis] > 0 else {
                    throw TensorError("\(name): axis \(axis) of \(operands[0].shape) is empty")
                }
                sizes[axis] = 1
            }
            return TensorType(operands[0].element, Shape(sizes))
        case .dot:
            try expect(2)
            try expectElements([.float32, .float32])
            try expectEqualShapes(name, operands)
            let shape = operands[0].shape
            guard let length = shape.dimensions.last, length > 0 else {
                throw TensorError("\(name): \(shape) has no elements on a last axis")
            }
            return TensorType(.float64, shape.prefix(shape.rank - 1))
        case .matmul(let transposeLeft, let transposeRight):
            try expect(2)
            try expectElements([.float32, .float32])
            return try matmulType(operands, transposeLeft, transposeRight)
        case .gather, .scatterAdd, .assignRows:
            try expect(2)
            return try rowsType(op, operands, requested)
        case .random(let distribution, _):
            let least = distribution == .integers ? 3 : 2
            try expect(operands.count == least + 1 ? least + 1 : least)
            try expectElements([ElementType](repeating: .int32, count: operands.count))
            let shape = try need(requested)
            let keys = operands[0].shape
            guard keys.rank >= 1, operands[1].shape == [1], shape.rank >= keys.rank, shape.prefix(keys.rank) == keys
            else {
                throw TensorError("\(name): seeds \(operands[0]), step \(operands[1]) do not fit result \(shape)")
            }
            for operand in operands.dropFirst(2) where operand.shape != keys {
                throw TensorError("\(name): \(operand) is not one number for each of the seeds \(operands[0])")
            }
            return TensorType(distribution == .integers ? .int32 : .float32, shape)
        case .assign(let variable):
            try expect(1)
            guard operands[0] == variable.type else {
                throw TensorError("\(name): \(variable) cannot take \(operands[0])")
            }
            return effectType
        case .adam(let update):
            try expect(update.parameters.count + 1)
            let same = zip(zip(update.parameters, update.firstMoments), zip(update.secondMoments, operands))
            for ((parameter, first), (second, gradient)) in same
            where !(parameter.type == first.type && first.type == second.type && second.type == gradient) {
                throw TensorError("\(name): \(parameter), \(first), \(second) and gradient \(gradient) differ")
            }
            for parameter in update.parameters where parameter.type.element != .float32 {
                throw TensorError("\(name): \(parameter) is no float32 parameter")
            }
            guard operands[update.parameters.count] == TensorType(.float32, [2]) else {
                throw TensorError("\(name): scale is \(operands[update.parameters.count]), expected f32[2]")
            }
            return effectType
        case .softUpdate(let update):
            try expect(0)
            for (target, source) in zip(update.targets, update.sources) where target.type != source.type {
                throw TensorError("\(name): \(target) and \(source) differ")
            }
            for target in update.targets where target.type.element != .float32 {
                throw TensorError("\(name): \(target) is no float32 parameter")
            }
            return effectType
        }
    }

    static let effectType = TensorType(.float32, [0])

    private static func expectEqualShapes(_ name: String, _ operands: [TensorType]) throws {
        for operand in operands where operand.shape != operands[0].shape {
            let shapes = operands.map(\.shape.description).joined(separator: ", ")
            throw TensorError("\(name): operand shapes differ: \(shapes); broadcast is explicit")
        }
    }

    private static func matmulType(_ operands: [TensorType], _ left: Bool, _ right: Bool) throws -> TensorType {
        let (lhs, rhs) = (operands[0].shape, operands[1].shape)
        let description = "lhs \(lhs)\(left ? "ᵀ" : ""), rhs \(rhs)\(right ? "ᵀ" : "")"
        guard lhs.rank >= 2, lhs.rank == rhs.rank else {
            throw TensorError("matmul: ranks differ or are below 2: \(description)")
        }
        let batch = lhs.rank - 2
        guard lhs.prefix(batch) == rhs.prefix(batch) else {
            throw TensorError("matmul: leading axes differ: \(description); broadcast is explicit")
        }
        let (m, k) = left ? (lhs[batch + 1], lhs[batch]) : (lhs[batch], lhs[batch + 1])
        let (inner, n) = right ? (rhs[batch + 1], rhs[batch]) : (rhs[batch], rhs[batch + 1])
        guard k == inner else { throw TensorError("matmul: inner sizes differ: \(description) (\(k) ≠ \(inner))") }
        return TensorType(.float32, lhs.prefix(batch) + [m, n])
    }

    private static func rowsType(_ op: Op, _ operands: [TensorType], _ requested: Shape?) throws -> TensorType {
        let name = op.kind.description
        let indices = operands[1]
        let replicas = indices.shape.rank - 1
        guard indices.element == .int32, replicas >= 0 else {
            throw TensorError("\(name): indices \(indices) must be i32 of rank 1 or more")
        }
        func check(_ table: Shape, _ rows: Shape) throws {
            let count = indices.shape[replicas]
            guard table.rank == replicas + 2, rows.rank == replicas + 2,
                table.prefix(replicas) == indices.shape.prefix(replicas),
                rows.prefix(replicas) == table.prefix(replicas), rows[replicas] == count,
                rows[replicas + 1] == table[replicas + 1], table[replicas] > 0
            else {
                throw TensorError("\(name): table \(table), rows \(rows) and indices \(indices.shape) do not fit")
            }
        }
        switch op {
        case .gather:
            let table = operands[0].shape
            guard table.rank == replicas + 2 else {
                throw TensorError("\(name): table \(table) and indices \(indices.shape) do not fit")
            }
            let rows = indices.shape + [table[replicas + 1]]
            try check(table, rows)
            return TensorType(operands[0].element, rows)
        case .scatterAdd:
            guard let requested, operands[0].element == .float32 else {
                throw TensorError("\(name): needs float32 updates and a result shape")
            }
            try check(requested, operands[0].shape)
            return TensorType(.float32, requested)
        case .assignRows(let variable):
            guard operands[0].element == variable.type.element else {
                throw TensorError("\(name): \(variable) cannot take \(operands[0])")
            }
            try check(variable.shape, operands[0].shape)
            return effectType
        case .input, .constant, .read, .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate, .reduce, .dot, .matmul, .random, .stopGradient, .assign, .adam, .softUpdate:
            preconditionFailure("rowsType: \(name) has no rows")
        }
    }
}
