import HyperTensor

/// The address of every value of a schedule.
struct ValueMemory {
    let state: CPUStateStore
    let scratch: MappedMemory
    let arguments: ArgumentMemory
    /// By value, the address of its first element, which of float64 is two of these.
    private(set) var bases: [UnsafeMutablePointer<Float>] = []
    /// By value, what its elements are.
    private(set) var elements: [ElementType] = []
    /// By program input, its memory.
    private(set) var inputs: [UnsafeMutableRawBufferPointer] = []

    init(state: CPUStateStore, scratch: MappedMemory, arguments: ArgumentMemory) {
        self.state = state
        self.scratch = scratch
        self.arguments = arguments
    }

    /// Finds or makes the memory of all values.
    ///
    /// - Throws: `TensorError` if the state lacks a variable.
    mutating func place(_ values: [Value], inputs programInputs: [ProgramValue]) throws {
        inputs = programInputs.map { input in
            let memory = arguments.keep([Float](repeating: 0, count: input.type.wordCount))
            return UnsafeMutableRawBufferPointer(start: memory, count: input.type.byteCount)
        }
        elements = values.map(\.type.element)
        bases = try values.map { value in
            switch value.storage {
            case .input(let index):
                guard inputs.indices.contains(index), inputs[index].count == value.type.byteCount,
                    let base = inputs[index].baseAddress
                else {
                    throw TensorError("compile: \(value.type) is input \(index) of \(inputs.count), of another type")
                }
                return base.assumingMemoryBound(to: Float.self)
            case .constant(let numbers): return constant(numbers, value.type)
            case .variable(let variable, _): return try state.address(of: variable)
            case .scratch(let offset): return scratch.base.assumingMemoryBound(to: Float.self) + offset
            }
        }
    }

    private func constant(_ numbers: [Double], _ type: TensorType) -> UnsafeMutablePointer<Float> {
        switch type.element {
        case .float32: return arguments.keep(numbers.map { Float($0) })
        case .int32: return arguments.keep(numbers.map { Float(bitPattern: UInt32(bitPattern: Int32($0))) })
        case .float64:
            return UnsafeMutableRawPointer(arguments.keep(numbers)).assumingMemoryBound(to: Float.self)
        }
    }

    /// The address of the first element that an operand's view shows.
    func address(_ operand: Operand) -> UnsafeMutablePointer<Float> {
        bases[operand.value] + operand.view.offset * elements[operand.value].wordCount
    }

    /// The same of a float64 operand.
    func doubles(_ operand: Operand) -> UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(address(operand)).assumingMemoryBound(to: Double.self)
    }
}
