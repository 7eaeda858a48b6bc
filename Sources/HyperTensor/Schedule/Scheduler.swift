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
    /// By variable, the nodes whose value was found in it since it last changed; outputs among them have been copied.
    private var residents: [Variable: [NodeID]] = [:]
    private let lastUse: [Int]
    private var contiguousCopies: [Operand: Operand] = [:]
    private var variableValues: [Variable: ValueID] = [:]

    init(_ program: Program) {
        self.program = program
        fusion = ElementwiseFusion(program)
        lastUse = Self.lastUses(program, fusion)
    }

    func run() -> Schedule {
        let outputNodes = Set(program.outputs.map(\.node))
        for id in program.nodes.indices {
            for changed in program.nodes[id].op.assignedVariables { keepValues(of: changed, before: id) }
            lower(id)
            if outputNodes.contains(id) { setOperand(id, ownScratch(operands[id] ?? operand(id), program.nodes[id])) }
        }
        var schedule = Schedule(
            program: program, values: values, launches: launches,
            outputs: program.outputs.map { operands[$0.node]?.value ?? 0 }, scratchCount: 0)
        ScratchPlan.place(&schedule)
        return schedule
    }

    // MARK: Order

    /// By node, the position of the last launch that reads its value through the node itself; −1 if none does. Nodes that see the
    /// value as a view (slices, joined parts) have last uses of their own.
    private static func lastUses(_ program: Program, _ fusion: ElementwiseFusion) -> [Int] {
        program.nodes.indices.map { id in
            fusion.users[id].map { fusion.root[$0] ?? fusion.consumer[$0] ?? $0 }.max() ?? -1
        }
    }

    /// Before an effect changes a variable: what lies in it, however it is seen, and is wanted by the effect or behind it moves to
    /// scratch memory. Effects therefore never meet their own variable as an operand.
    private func keepValues(of variable: Variable, before effect: NodeID) {
        guard let here = residents.removeValue(forKey: variable) else { return }
        let place = self.variable(variable).value
        // An output has left the variable for memory of its own.
        let wanted = here.filter { lastUse[$0] >= effect && operands[$0]?.value == place }
        let views = wanted.compactMap { operands[$0]?.view }
        guard let first = views.map(\.offset).min(), let end = views.map(\.end).max(), first < end else { return }
        // The elements lie as they lay in the variable, so every view of them stays as it is.
        let isWhole = first == 0 && end == variable.type.count
        let type = isWhole ? variable.type : TensorType(variable.type.element, [end - first])
        let kept = newScratch(type)
        let source = Operand(value: place, view: View(offset: first, shape: [end - first], strides: [1]))
        let target = Operand(value: kept.value, view: View(contiguous: [end - first]))
        let phases = wanted.flatMap { program.nodes[$0].phases }
        emit(
            .elementwise(.identity, inputs: [source], output: target),
            phases.enumerated().filter { !phases[..<$0.offset].contains($0.element) }.map(\.element))
        for id in wanted {
            guard var operand = operands[id] else { continue }
            operand.value = kept.value
            operand.view.offset -= first
            operands[id] = operand
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

    func setOperand(_ id: NodeID, _ operand: Operand) {
        operands[id] = operand
        if case .variable(let variable) = values[operand.value].storage { residents[variable, default: []].append(id) }
    }
}
