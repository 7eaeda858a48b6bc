/// The shapes and element types that each kind of launch takes.
enum LaunchRules {
    /// What is wrong with a launch; nil if nothing is.
    static func problem(with launch: Launch, _ values: [Value]) -> String? {
        func element(_ operand: Operand) -> ElementType { values[operand.value].type.element }
        func areElements(_ operands: [Operand], _ type: ElementType) -> Bool {
            operands.allSatisfy { element($0) == type }
        }
        if let revision = launch.revisions.first(where: { !isStep($0, values) }) {
            return "values \(revision.before) and \(revision.after) are no versions that follow each other"
        }
        switch launch {
        case .elementwise(let kernel, let inputs, let output):
            if inputs.contains(where: { $0.view.shape != output.view.shape }) { return "views differ in shape" }
            if kernel.registerCount > ElementwiseKernel.maximumRegisters { return "\(kernel.registerCount) registers" }
            if kernel.inputCount != inputs.count {
                return "\(inputs.count) operands for \(kernel.inputCount) registers"
            }
            if kernel == .identity { return element(inputs[0]) == element(output) ? nil : "a copy changes the type" }
            if kernel.registers == .float64 { return nil }
            return areElements(inputs + [output], .float32) ? nil : "operands are no float32"
        case .reduce(_, let outer, let length, let inner, let input, let output):
            if input.view.count != outer * length * inner || output.view.count != outer * inner {
                return "\(input.view.shape) to \(output.view.shape) is no reduction of \(outer) x \(length) x \(inner)"
            }
            if !input.view.isContiguous || !output.view.isContiguous { return "views are not contiguous" }
            return areElements([input, output], .float32) ? nil : "operands are no float32"
        case .matmul(let matmul):
            return areElements([matmul.left, matmul.right, matmul.output] + matmul.epilogueInputs, .float32)
                ? problem(with: matmul, values) : "operands are no float32"
        case .wideSum(let outer, let length, let inner, let input, let output):
            let fits = input.view.count == outer * length * inner && output.view.count == outer * inner
            guard fits, input.view.isContiguous, output.view.isContiguous else { return "views do not fit" }
            return areElements([input, output], .float64) ? nil : "operands are no float64"
        case .dot(let shape, let left, let right, let output):
            let isRow = [left, right].allSatisfy { $0.view.isContiguous && $0.view.count == shape.rows * shape.length }
            guard isRow, output.view.isContiguous, output.view.count == shape.rows * shape.pieces else {
                return "views do not fit"
            }
            return areElements([left, right], .float32) && element(output) == .float64 ? nil : "types do not fit"
        case .gather(let shape, let table, let indices, let output):
            return rows(shape, table: table.view, rows: output.view, indices, values)
                ?? (element(table) == element(output) ? nil : "the table's type is not the result's")
        case .scatterAdd(let shape, let updates, let indices, let output):
            return rows(shape, table: output.view, rows: updates.view, indices, values)
        case .assignRows(let shape, let rows, let indices, let table):
            return self.rows(
                shape, table: View(contiguous: values[table.after].type.shape), rows: rows.view, indices, values)
        case .random(let distribution, _, let seeds, let step, let bounds, let substreams, let output):
            let integers = [seeds, step] + [bounds, substreams].compactMap { $0 }
            if !areElements(integers, .int32) || (bounds != nil) != (distribution == .integers) {
                return "operands do not fit"
            }
            return output.view.isContiguous && step.view.count == 1 ? nil : "views do not fit"
        case .adam(let adam):
            if adam.parameters.count != adam.gradients.count || adam.scale.view.count != 2 {
                return "operands do not fit"
            }
            let fits = zip(adam.parameters, adam.gradients).allSatisfy { parameter, gradient in
                gradient.view.isContiguous
                    && parameter.all.allSatisfy { values[$0.after].type.count == gradient.view.count }
            }
            return fits ? nil : "parameters, moments and gradients differ in size"
        case .softUpdate(let update):
            let fits =
                update.targets.count == update.sources.count
                && zip(update.targets, update.sources).allSatisfy {
                    $1.view.isContiguous && values[$0.after].type.count == $1.view.count
                }
            return fits ? nil : "targets and sources differ in size"
        }
    }

    private static func isStep(_ revision: Revision, _ values: [Value]) -> Bool {
        guard case .variable(let old, let version) = values[revision.before].storage,
            case .variable(let new, let next) = values[revision.after].storage
        else { return false }
        return old == new && next == version + 1
    }

    private static func problem(with matmul: MatmulLaunch, _ values: [Value]) -> String? {
        let (left, right, output) = (matmul.left.view, matmul.right.view, matmul.output.view)
        let rank = output.shape.count
        guard rank >= 2, left.shape.count == rank, right.shape.count == rank else { return "ranks differ" }
        let expected = [
            (left.shape, matmul.batch + [matmul.m, matmul.k]), (right.shape, matmul.batch + [matmul.k, matmul.n]),
        ]
        guard expected.allSatisfy({ $0 == $1 }) else { return "\(left.shape) · \(right.shape) is not \(output.shape)" }
        if !output.isContiguous { return "the result is not contiguous" }
        for view in [left, right] {
            let isStored =
                (view.strides[rank - 1] == 1 || view.shape[rank - 1] == 1)
                || (view.strides[rank - 2] == 1 || view.shape[rank - 2] == 1)
            if !isStored { return "an operand \(view) is stored neither by rows nor by columns" }
        }
        if let step = matmul.step {
            if matmul.epilogue != nil || step.parameter.parameter.after != matmul.output.value {
                return "a step has an epilogue"
            }
            let sizes = (step.parameter.all + (step.target.map { [$0] } ?? [])).map { values[$0.after].type.count }
            return sizes.allSatisfy { $0 == output.count } ? nil : "the parameter differs in size from its gradient"
        }
        if matmul.epilogueInputs.contains(where: { $0.view.shape != output.shape }) {
            return "the epilogue's views differ in shape"
        }
        if let count = matmul.epilogue?.registerCount, count > ElementwiseKernel.maximumRegisters {
            return "\(count) registers"
        }
        let registers = matmul.epilogue?.inputCount ?? 1
        return registers == matmul.epilogueInputs.count + 1 ? nil : "the epilogue takes \(registers) registers"
    }

    private static func rows(
        _ shape: RowsShape, table: View, rows: View, _ indices: Operand, _ values: [Value]
    ) -> String? {
        let fits =
            table.count == shape.replicas * shape.tableRows * shape.width
            && rows.count == shape.replicas * shape.rows * shape.width
            && indices.view.count == shape.replicas * shape.rows
        guard fits, table.isContiguous, rows.isContiguous, indices.view.isContiguous else {
            return "table \(table.shape), rows \(rows.shape) and indices \(indices.view.shape) do not fit"
        }
        return values[indices.value].type.element == .int32 ? nil : "indices are no int32"
    }
}
