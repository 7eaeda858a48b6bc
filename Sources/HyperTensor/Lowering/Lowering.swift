/// Walks a simplified program once and emits its launches.
///
/// What a launch reads of a variable is the version of its moment, whatever happens to the variable before the launch runs; the passes
/// behind this one see to that.
final class Lowering {
    let program: Program
    let fusion: ElementwiseFusion
    private(set) var values: [Value] = []
    private(set) var launches: [ScheduledLaunch] = []
    /// Where each lowered node's value is to be found.
    private var operands: [Operand?]
    private var contiguousCopies: [Operand: Operand] = [:]
    /// By variable, the value that it holds at this point of the program.
    private var present: [Variable: (version: Int, value: ValueID)] = [:]

    init(_ program: Program) {
        self.program = program
        fusion = ElementwiseFusion(program)
        operands = [Operand?](repeating: nil, count: program.nodes.count)
    }

    /// The launches in the order of the program's nodes, with scratch memory not yet placed.
    func run() -> Schedule {
        let outputNodes = Set(program.outputs.map(\.node))
        for id in program.nodes.indices {
            lower(id)
            if outputNodes.contains(id) { setOperand(id, ownScratch(operand(id), program.nodes[id])) }
        }
        return Schedule(
            program: program, values: values, launches: launches,
            outputs: program.outputs.map { operand($0.node).value })
    }

    // MARK: Values

    func emit(_ launch: Launch, _ phases: [Phase]) { launches.append(ScheduledLaunch(launch, phases: phases)) }

    func newValue(_ type: TensorType, _ storage: Storage) -> Operand {
        values.append(Value(type: type, storage: storage))
        return Operand(value: values.count - 1, view: View(contiguous: type.shape))
    }

    func newScratch(_ type: TensorType) -> Operand { newValue(type, .scratch(offset: 0)) }

    /// A variable as it is at this point of the program.
    func variable(_ variable: Variable) -> Operand {
        if let known = present[variable] {
            return Operand(value: known.value, view: View(contiguous: variable.shape))
        }
        let operand = newValue(variable.type, .variable(variable, version: 0))
        present[variable] = (0, operand.value)
        return operand
    }

    /// The value that a variable takes at this point of the program.
    func nextVersion(of variable: Variable) -> Operand {
        let version = (present[variable]?.version ?? 0) + 1
        let operand = newValue(variable.type, .variable(variable, version: version))
        present[variable] = (version, operand.value)
        return operand
    }

    func revision(of variable: Variable) -> Revision {
        let before = self.variable(variable).value
        return Revision(before: before, after: nextVersion(of: variable).value)
    }

    /// The value of a node, wherever it lies; movement shows in the view.
    func operand(_ id: NodeID) -> Operand {
        if let known = operands[id] { return known }
        let node = program.nodes[id]
        guard case .constant(let constant) = node.op else {
            preconditionFailure(
                "lowering: node %\(id) \(node.op.kind) of '\(program.name)' is used before it is lowered")
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

    func setOperand(_ id: NodeID, _ operand: Operand) { operands[id] = operand }

    func fill(_ number: Double, _ output: Operand) -> Launch {
        var kernel = ElementwiseKernel(inputCount: 0, instructions: [.constant(number)], output: 0)
        kernel.registers = values[output.value].type.element == .float32 ? .float32 : .float64
        return .elementwise(kernel, inputs: [], output: output)
    }

    private func copy(_ operand: Operand, _ node: Node) -> Operand {
        let type = TensorType(values[operand.value].type.element, Shape(operand.view.shape))
        let output = newScratch(type)
        emit(.elementwise(.identity(of: type.element), inputs: [operand], output: output), node.phases)
        return output
    }

    /// The same elements in row-major order without gaps.
    func contiguous(_ id: NodeID) -> Operand {
        let operand = operand(id)
        if operand.view.isContiguous { return operand }
        if let known = contiguousCopies[operand] { return known }
        let result = copy(operand, program.nodes[id])
        contiguousCopies[operand] = result
        return result
    }

    /// The whole of a scratch value, for outputs.
    private func ownScratch(_ operand: Operand, _ node: Node) -> Operand {
        if values[operand.value].storage.isScratch, operand.view == View(contiguous: node.type.shape),
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
}
