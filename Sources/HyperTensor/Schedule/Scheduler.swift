extension Schedule {
    /// Lowers a program: merges equal nodes, turns movement into views, fuses, and plans memory.
    public init(_ program: Program) {
        let scheduler = Scheduler(program.simplified())
        self = scheduler.run()
    }
}

/// Walks a simplified program once and emits its launches.
final class Scheduler {
    let program: Program
    let fusion: ElementwiseFusion
    var values: [Value] = []
    var launches: [ScheduledLaunch] = []
    /// Where each lowered node's value is to be found.
    private var operands: [NodeID: Operand] = [:]
    private var contiguousCopies: [Operand: Operand] = [:]
    private var variableValues: [Variable: ValueID] = [:]

    init(_ program: Program) {
        self.program = program
        fusion = ElementwiseFusion(program)
    }

    func run() -> Schedule {
        let snapshots = readsToSnapshot()
        let outputNodes = Set(program.outputs.map(\.node))
        for id in program.nodes.indices {
            lower(id)
            if snapshots.contains(id), let operand = operands[id] {
                operands[id] = copy(operand, program.nodes[id])
            }
            if outputNodes.contains(id) { operands[id] = ownScratch(operands[id] ?? operand(id), program.nodes[id]) }
        }
        var schedule = Schedule(
            program: program, values: values, launches: launches,
            outputs: program.outputs.map { operands[$0.node]?.value ?? 0 }, scratchCount: 0)
        ScratchPlan.place(&schedule)
        return schedule
    }

    // MARK: Order

    /// Reads whose value is still needed by a launch behind a later change of the variable.
    private func readsToSnapshot() -> Set<NodeID> {
        let nodes = program.nodes
        var lastUse = [Int](repeating: -1, count: nodes.count)
        for id in nodes.indices.reversed() {
            for user in fusion.users[id] {
                let position: Int
                if let root = fusion.root[user] ?? fusion.consumer[user] {
                    position = root
                } else if Self.isMovement(nodes[user].op) {
                    position = max(user, lastUse[user])
                } else {
                    position = user
                }
                lastUse[id] = max(lastUse[id], position)
            }
        }
        var result: Set<NodeID> = []
        for (id, node) in nodes.enumerated() {
            guard case .read(let variable) = node.op, lastUse[id] > id else { continue }
            let isOvertaken = (id + 1..<lastUse[id]).contains { nodes[$0].op.assignedVariables.contains(variable) }
            if isOvertaken { result.insert(id) }
        }
        return result
    }

    static func isMovement(_ op: Op) -> Bool {
        switch op {
        case .broadcast, .reshape, .transpose, .slice: return true
        case .input, .constant, .read, .unary, .binary, .select, .pad, .concatenate, .reduce, .matmul, .gather,
            .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam, .softUpdate:
            return false
        }
    }

    // MARK: Values

    func emit(_ launch: Launch, _ phases: [Phase]) { launches.append(ScheduledLaunch(launch: launch, phases: phases)) }

    private func newValue(_ type: TensorType, _ storage: Storage) -> Operand {
        values.append(Value(type: type, storage: storage))
        return Operand(value: values.count - 1, view: View(contiguous: type.shape))
    }

    func newScratch(_ type: TensorType) -> Operand { newValue(type, .scratch(offset: 0)) }

    func variable(_ variable: Variable) -> Operand {
        if let id = variableValues[variable] { return Operand(value: id, view: View(contiguous: variable.shape)) }
        let operand = newValue(variable.type, .variable(variable))
        variableValues[variable] = operand.value
        return operand
    }

    /// The value of a node, wherever it lies; movement shows in the view.
    func operand(_ id: NodeID) -> Operand {
        if let known = operands[id] { return known }
        let node = program.nodes[id]
        guard case .constant(let constant) = node.op else {
            preconditionFailure(
                "schedule: node %\(id) \(node.op.kind) of '\(program.name)' is used before it is lowered")
        }
        // Fills are made where something other than an elementwise kernel needs them in memory.
        let result: Operand
        switch constant {
        case .values(let numbers): result = newValue(node.type, .constant(numbers))
        case .fill(let number):
            result = newScratch(node.type)
            emit(fill(number, result), node.phases)
        }
        operands[id] = result
        return result
    }

    func fill(_ number: Double, _ output: Operand) -> Launch {
        let kernel = ElementwiseKernel(inputCount: 0, instructions: [.constant(Float(number))], output: 0)
        return .elementwise(kernel, inputs: [], output: output)
    }

    private func copy(_ operand: Operand, _ node: Node) -> Operand {
        let type = TensorType(values[operand.value].type.element, Shape(operand.view.shape))
        let output = newScratch(type)
        emit(.elementwise(.identity, inputs: [operand], output: output), node.phases)
        return output
    }

    /// The same elements in row-major order without gaps.
    func contiguous(_ id: NodeID) -> Operand {
        let operand = operand(id)
        if operand.view.isContiguous { return operand }
        if let known = contiguousCopies[operand] { return known }
        let result = copy(operand, program.nodes[id])
        // A variable may change before the next user comes; its copy serves this launch alone.
        if case .variable = values[operand.value].storage { return result }
        contiguousCopies[operand] = result
        return result
    }

    /// The whole of a scratch value, for outputs.
    private func ownScratch(_ operand: Operand, _ node: Node) -> Operand {
        if case .scratch = values[operand.value].storage, operand.view == View(contiguous: node.type.shape),
            values[operand.value].type == node.type
        {
            return operand
        }
        return copy(operand, node)
    }

    /// A matmul operand `[batch…, rows, columns]` as a kernel can read it.
    func matrix(_ id: NodeID, transposed: Bool) -> Operand {
        var operand = operand(id)
        let rank = operand.view.shape.count
        let (rows, columns) = (operand.view.shape[rank - 2], operand.view.shape[rank - 1])
        let (rowStride, columnStride) = (operand.view.strides[rank - 2], operand.view.strides[rank - 1])
        let isRowMajor = (columnStride == 1 || columns == 1) && (rowStride >= columns || rows == 1)
        let isColumnMajor = (rowStride == 1 || rows == 1) && (columnStride >= rows || columns == 1)
        if !isRowMajor && !isColumnMajor { operand = contiguous(id) }
        if transposed {
            operand.view.shape.swapAt(rank - 2, rank - 1)
            operand.view.strides.swapAt(rank - 2, rank - 1)
        }
        return operand
    }

    func setOperand(_ id: NodeID, _ operand: Operand) { operands[id] = operand }
}
