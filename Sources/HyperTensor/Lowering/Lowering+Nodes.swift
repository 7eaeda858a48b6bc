extension Lowering {
    /// Emits the launches of one node, or notes how its value is to be seen.
    func lower(_ id: NodeID) {
        let node = program.nodes[id]
        switch node.op {
        case .constant: return
        case .input(let name):
            let index = program.inputs.firstIndex { $0.name == name } ?? 0
            setOperand(id, newValue(node.type, .input(index)))
        case .read(let read): setOperand(id, variable(read))
        case .unary, .binary, .select, .cast:
            if fusion.root[id] == id { lowerGroup(id) }
        case .broadcast, .reshape, .transpose, .slice: lowerMovement(id, node)
        case .stopGradient: setOperand(id, operand(node.operands[0]))
        case .pad(let before):
            let output = newScratch(node.type)
            emit(fill(0, output), node.phases)
            place(operand(node.operands[0]), in: output, at: before, node.phases)
            setOperand(id, output)
        case .concatenate(let axis): setOperand(id, concatenation(node, axis))
        case .reduce(let reduction, let axes): lowerReduce(id, node, reduction, axes)
        case .dot: lowerDot(id, node)
        case .matmul:
            if fusion.consumer[id] == nil {
                setOperand(id, emitMatmul(id, epilogue: nil, inputs: [], type: node.type, phases: node.phases))
            }
        case .gather:
            let output = newScratch(node.type)
            let table = contiguous(node.operands[0])
            let rows = rowsShape(table.view.shape, node.type.shape.dimensions)
            emit(.gather(rows, table: table, indices: contiguous(node.operands[1]), output: output), node.phases)
            setOperand(id, output)
        case .scatterAdd:
            let output = newScratch(node.type)
            let updates = contiguous(node.operands[0])
            let rows = rowsShape(node.type.shape.dimensions, updates.view.shape)
            emit(
                .scatterAdd(rows, updates: updates, indices: contiguous(node.operands[1]), output: output), node.phases)
            setOperand(id, output)
        case .random(let distribution, let stream):
            let output = newScratch(node.type)
            var others = node.operands.dropFirst(2)
            let bounds = distribution == .integers ? others.popFirst().map(contiguous) : nil
            emit(
                .random(
                    distribution, stream: stream, seeds: contiguous(node.operands[0]),
                    step: contiguous(node.operands[1]), bounds: bounds, substreams: others.first.map(contiguous),
                    output: output), node.phases)
            setOperand(id, output)
        case .assign(let target):
            let source = operand(node.operands[0])
            let kernel = ElementwiseKernel.identity(of: target.type.element)
            emit(.elementwise(kernel, inputs: [source], output: nextVersion(of: target)), node.phases)
        case .assignRows(let target):
            // No rows are no change: the variable keeps its version.
            if program.nodes[node.operands[0]].type.count == 0 { return }
            let (rows, indices) = (contiguous(node.operands[0]), contiguous(node.operands[1]))
            let shape = rowsShape(target.shape.dimensions, rows.view.shape)
            emit(.assignRows(shape, rows: rows, indices: indices, table: revision(of: target)), node.phases)
        case .adam(let update): lowerAdam(node, update)
        case .softUpdate(let update):
            let sources = update.sources.map(variable)
            emit(
                .softUpdate(
                    SoftUpdateLaunch(targets: update.targets.map(revision), sources: sources, rate: update.rate)),
                node.phases)
        }
    }

    private func lowerAdam(_ node: Node, _ update: AdamUpdate) {
        let gradients = node.operands.dropLast().map(contiguous)
        let scale = contiguous(node.operands[node.operands.count - 1])
        let parameters = update.parameters.indices.map { index in
            AdamRevision(
                parameter: revision(of: update.parameters[index]),
                firstMoment: revision(of: update.firstMoments[index]),
                secondMoment: revision(of: update.secondMoments[index]))
        }
        emit(
            .adam(AdamLaunch(rule: AdamRule(update), parameters: parameters, gradients: gradients, scale: scale)),
            node.phases)
    }

    private func lowerMovement(_ id: NodeID, _ node: Node) {
        var source = operand(node.operands[0])
        let shape = node.type.shape
        switch node.op {
        case .broadcast: source.view = source.view.broadcast(to: shape)
        case .transpose(let permutation): source.view = source.view.transposed(permutation)
        case .slice(let starts): source.view = source.view.slice(starts: starts, sizes: shape.dimensions)
        case .reshape:
            if let view = source.view.reshaped(to: shape) {
                source.view = view
            } else {
                source = contiguous(node.operands[0])
                source.view = View(offset: source.view.offset, shape: shape.dimensions, strides: shape.strides)
            }
        case .input, .constant, .read, .unary, .binary, .select, .cast, .pad, .concatenate, .reduce, .dot, .matmul,
            .gather,
            .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam, .softUpdate:
            preconditionFailure("lowerMovement: \(node.op.kind) moves nothing")
        }
        setOperand(id, source)
    }

    /// Parts that lie side by side in memory already are one view, as states and actions of a replay's rows are. What all parts repeat
    /// along an axis, as for twin critics, is written once and seen repeated.
    private func concatenation(_ node: Node, _ axis: Int) -> Operand {
        let parts = node.operands.map(operand)
        if let whole = View.joined(parts.map(\.view), axis: axis), parts.allSatisfy({ $0.value == parts[0].value }) {
            return Operand(value: parts[0].value, view: whole)
        }
        let shape = node.type.shape
        let repeated = shape.dimensions.indices.filter { index in
            index != axis && shape[index] > 1 && parts.allSatisfy { $0.view.strides[index] == 0 }
        }
        let once = repeated.reduce(shape) { $0.replacing($1, with: 1) }
        var output = newScratch(TensorType(node.type.element, once))
        var starts = [Int](repeating: 0, count: shape.rank)
        for part in parts {
            var source = part
            for index in repeated { source.view.shape[index] = 1 }
            place(source, in: output, at: starts, node.phases)
            starts[axis] += source.view.shape[axis]
        }
        output.view = output.view.broadcast(to: shape)
        return output
    }

    private func place(_ source: Operand, in output: Operand, at starts: [Int], _ phases: [Phase]) {
        if source.view.count == 0 { return }
        let block = Operand(value: output.value, view: output.view.slice(starts: starts, sizes: source.view.shape))
        let kernel = ElementwiseKernel.identity(of: values[output.value].type.element)
        emit(.elementwise(kernel, inputs: [source], output: block), phases)
    }

    /// Neighbouring axes are reduced together, the last run first.
    private func lowerReduce(_ id: NodeID, _ node: Node, _ reduction: Reduction, _ axes: [Int]) {
        var input = contiguous(node.operands[0])
        var sizes = input.view.shape
        var end = axes.count
        while end > 0 {
            var begin = end - 1
            while begin > 0, axes[begin - 1] == axes[begin] - 1 { begin -= 1 }
            let (low, high) = (axes[begin], axes[end - 1])
            let outer = sizes[..<low].reduce(1, *)
            let middle = sizes[low...high].reduce(1, *)
            let inner = sizes[(high + 1)...].reduce(1, *)
            for axis in low...high { sizes[axis] = 1 }
            let output = newScratch(TensorType(node.type.element, Shape(sizes)))
            let launch =
                node.type.element == .float64
                ? Launch.wideSum(outer: outer, reduce: middle, inner: inner, input: input, output: output)
                : .reduce(reduction, outer: outer, reduce: middle, inner: inner, input: input, output: output)
            emit(launch, node.phases)
            input = output
            end = begin
        }
        setOperand(id, input)
    }

    /// The pieces' sums, then their sum where there are several.
    private func lowerDot(_ id: NodeID, _ node: Node) {
        let (left, right) = (contiguous(node.operands[0]), contiguous(node.operands[1]))
        let shape = DotShape(rows: node.type.count, length: left.view.shape.last ?? 1)
        let output = newScratch(node.type)
        setOperand(id, output)
        if shape.pieces == 1 { return emit(.dot(shape, left: left, right: right, output: output), node.phases) }
        let partial = newScratch(TensorType(.float64, [shape.rows, shape.pieces]))
        emit(.dot(shape, left: left, right: right, output: partial), node.phases)
        emit(
            .wideSum(outer: shape.rows, reduce: shape.pieces, inner: 1, input: partial, output: output), node.phases)
    }

    private func rowsShape(_ table: [Int], _ rows: [Int]) -> RowsShape {
        RowsShape(
            replicas: table.dropLast(2).reduce(1, *), tableRows: table[table.count - 2], rows: rows[rows.count - 2],
            width: table[table.count - 1])
    }

    /// Emits a group of elementwise nodes, as the epilogue of its matmul if it has one.
    private func lowerGroup(_ root: NodeID) {
        let members = fusion.members[root] ?? [root]
        let matmul = fusion.producer[root]
        var inputs: [Operand] = []
        var register: [NodeID: Int] = [:]
        let memberSet = Set(members)
        if let matmul { register[matmul] = 0 }
        let reserved = matmul == nil ? 0 : 1
        for member in members {
            for id in program.nodes[member].operands where !memberSet.contains(id) && register[id] == nil {
                if case .constant(.fill) = program.nodes[id].op { continue }
                let source = operand(id)
                if let known = inputs.firstIndex(of: source) {
                    register[id] = reserved + known
                } else {
                    register[id] = reserved + inputs.count
                    inputs.append(source)
                }
            }
        }
        var kernel = ElementwiseKernel(
            inputCount: reserved + inputs.count, instructions: [], output: 0,
            registers: ElementwiseFusion.registers(of: root, program.nodes))
        func append(_ instruction: ElementwiseKernel.Instruction) -> Int {
            kernel.instructions.append(instruction)
            return kernel.inputCount + kernel.instructions.count - 1
        }
        func load(_ id: NodeID) -> Int {
            if let known = register[id] { return known }
            guard case .constant(.fill(let number)) = program.nodes[id].op else {
                preconditionFailure("lowering: node %\(id) has no register in the group of %\(root)")
            }
            // A float32 constant keeps its own rounding in wide registers.
            let isNarrow = program.nodes[id].type.element == .float32
            let made = append(.constant(isNarrow ? Double(Float(number)) : number))
            register[id] = made
            return made
        }
        var phases: [Phase] = []
        for member in (matmul.map { [$0] } ?? []) + members {
            phases += program.nodes[member].phases.filter { !phases.contains($0) }
        }
        for member in members {
            let node = program.nodes[member]
            let sources = node.operands.map(load)
            switch node.op {
            case .unary(let function): register[member] = append(.unary(function, sources[0]))
            case .binary(let function): register[member] = append(.binary(function, sources[0], sources[1]))
            case .select:
                register[member] = append(.select(mask: sources[0], whenTrue: sources[1], whenFalse: sources[2]))
            // Loads widen and the store narrows.
            case .cast: register[member] = sources[0]
            case .input, .constant, .read, .broadcast, .reshape, .transpose, .slice, .pad, .concatenate, .reduce, .dot,
                .matmul, .gather, .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam, .softUpdate:
                preconditionFailure("lowering: \(node.op.kind) is not elementwise")
            }
        }
        kernel.output = register[root] ?? 0
        let type = program.nodes[root].type
        if let matmul {
            setOperand(root, emitMatmul(matmul, epilogue: kernel, inputs: inputs, type: type, phases: phases))
        } else {
            let output = newScratch(type)
            emit(.elementwise(kernel, inputs: inputs, output: output), phases)
            setOperand(root, output)
        }
    }

    private func emitMatmul(
        _ id: NodeID, epilogue: ElementwiseKernel?, inputs: [Operand], type: TensorType, phases: [Phase]
    ) -> Operand {
        let node = program.nodes[id]
        guard case .matmul(let transposeLeft, let transposeRight) = node.op else {
            preconditionFailure("lowering: node %\(id) is no matmul")
        }
        let left = matrix(node.operands[0], transposed: transposeLeft)
        let right = matrix(node.operands[1], transposed: transposeRight)
        let output = newScratch(type)
        emit(
            .matmul(
                MatmulLaunch(left: left, right: right, output: output, epilogue: epilogue, epilogueInputs: inputs)),
            phases)
        return output
    }
}
