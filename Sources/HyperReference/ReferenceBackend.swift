import HyperTensor

/// The interpreter as a backend: the elements' own types at the protocol, double precision inside.
///
/// State, inputs and outputs also enter and leave as doubles (`StateStore.doubles(_:)`, `CompiledProgram.doubles(ofOutput:)`), so that
/// formulas can be held to 1e-12.
public final class ReferenceBackend: Backend {
    public init() {}

    public var device: DeviceDescription {
        DeviceDescription(backend: "reference", name: "double-precision interpreter", isGPU: false)
    }

    public func makeState(_ layout: StateLayout) throws -> any StateStore { ReferenceStore(layout) }

    /// A plain schedule; the backend itself runs programs as they are.
    public func schedule(_ program: Program, varying: Set<String>?) -> Schedule { Schedule(program, varying: varying) }

    /// Runs the launches of a schedule in double precision.
    public func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        let variables = schedule.values.compactMap(\.storage.variable)
        return try ReferenceProgram(
            schedule.program, variables, try store(state, schedule.program),
            interpret: ScheduleInterpreter(schedule).run)
    }

    public func compile(_ program: Program, state: any StateStore) throws -> any CompiledProgram {
        try ReferenceProgram(
            program, program.variables, try store(state, program), interpret: ReferenceInterpreter(program).run)
    }

    private func store(_ state: any StateStore, _ program: Program) throws -> ReferenceStore {
        guard let store = state as? ReferenceStore else {
            throw TensorError("reference: program '\(program.name)' needs a state made by the reference backend")
        }
        return store
    }
}

/// State variables of the reference backend.
public final class ReferenceStore: StateStore {
    public let layout: StateLayout
    /// The variables as doubles.
    public var state: ReferenceState

    init(_ layout: StateLayout) {
        self.layout = layout
        state = ReferenceState(layout)
    }

    public func read(
        _ variable: Variable, elements: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws {
        let values = try state.values(of: variable)
        try checkRange(variable, elements, destination.count)
        HostBytes.store(values[elements], variable.type.element, destination)
    }

    public func write(_ variable: Variable, elements: Range<Int>, from source: UnsafeRawBufferPointer) throws {
        var values = try state.values(of: variable)
        try checkRange(variable, elements, source.count)
        values.replaceSubrange(elements, with: HostBytes.load(source, variable.type.element))
        try state.set(variable, to: values)
    }

    public func doubles(_ variable: Variable) throws -> [Double] { try state.values(of: variable) }

    public func write(doubles values: [Double], to variable: Variable) throws { try state.set(variable, to: values) }

    private func checkRange(_ variable: Variable, _ elements: Range<Int>, _ byteCount: Int) throws {
        guard elements.lowerBound >= 0, elements.upperBound <= variable.type.count,
            byteCount == elements.count * variable.type.element.byteCount
        else {
            throw TensorError("reference: elements \(elements) of \(variable) do not fit \(byteCount) bytes")
        }
    }
}

/// A program on the reference backend.
public final class ReferenceProgram: CompiledProgram {
    public let program: Program
    /// Values of the inputs for the runs to come, row-major.
    public var inputs: [[Double]]
    /// Values of the outputs of the last run, row-major; empty before the first.
    public private(set) var outputs: [[Double]] = []

    private var hasRun = false
    private let interpret: ([[Double]], inout ReferenceState) throws -> [[Double]]
    private let store: ReferenceStore

    init(
        _ program: Program, _ variables: [Variable], _ store: ReferenceStore,
        interpret: @escaping ([[Double]], inout ReferenceState) throws -> [[Double]]
    ) throws {
        for variable in variables where !store.state.holds(variable) {
            throw TensorError("reference: program '\(program.name)' names \(variable), which the state does not hold")
        }
        self.program = program
        self.interpret = interpret
        inputs = program.inputs.map { [Double](repeating: 0, count: $0.type.count) }
        self.store = store
    }

    public func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws {
        try program.checkInput(index, byteCount: bytes.count)
        inputs[index] = HostBytes.load(bytes, program.inputs[index].type.element)
    }

    public func run() throws {
        outputs = try interpret(inputs, &store.state)
        hasRun = true
    }

    /// Runs everything: what is fixed gives what it gave.
    public func runPrepared() throws {
        try program.checkPrepared(hasRun: hasRun)
        try run()
    }

    public func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try program.checkOutput(index, byteCount: bytes.count, hasRun: hasRun)
        HostBytes.store(outputs[index][...], program.outputs[index].type.element, bytes)
    }

    public func setInput(_ index: Int, doubles values: [Double]) throws {
        let element = program.inputs.indices.contains(index) ? program.inputs[index].type.element : .float32
        try program.checkInput(index, byteCount: values.count * element.byteCount)
        inputs[index] = values
    }

    public func doubles(ofOutput index: Int) throws -> [Double] {
        // The size is right whatever it is: the array is the output's own.
        let byteCount = program.outputs.indices.contains(index) ? program.outputs[index].type.byteCount : 0
        try program.checkOutput(index, byteCount: byteCount, hasRun: hasRun)
        return outputs[index]
    }
}

/// Host memory of elements, as doubles.
enum HostBytes {
    static func load(_ bytes: UnsafeRawBufferPointer, _ element: ElementType) -> [Double] {
        (0..<bytes.count / element.byteCount).map { index in
            switch element {
            case .float32: return Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
            case .int32: return Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
            case .float64: return bytes.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
            }
        }
    }

    /// What is no int32 has no value that anybody may rely on.
    private static func int32(_ value: Double) -> Int32 { Int32(exactly: value) ?? .min }

    static func store(_ values: ArraySlice<Double>, _ element: ElementType, _ bytes: UnsafeMutableRawBufferPointer) {
        for (index, value) in values.enumerated() {
            switch element {
            case .float32: bytes.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
            case .int32: bytes.storeBytes(of: int32(value), toByteOffset: index * 4, as: Int32.self)
            case .float64: bytes.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
            }
        }
    }
}
