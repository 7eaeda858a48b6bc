/// What a backend computes on.
public struct DeviceDescription: Hashable, Sendable {
    /// `cpu`, `opencl` or `reference`.
    public let backend: String
    /// The device's own name, with what matters about how it is used (threads, instruction set, library).
    public let name: String
    public let isGPU: Bool
    /// SHA-256, in hexadecimal digits, of what was chosen for the device beyond its name and decides the order of sums: kernel sizes that
    /// somebody tuned. Results repeat bit for bit where name and tuning are the same. Nil where nothing of the kind is chosen.
    public let tuning: String?

    public init(backend: String, name: String, isGPU: Bool, tuning: String? = nil) {
        self.backend = backend
        self.name = name
        self.isGPU = isGPU
        self.tuning = tuning
    }
}

/// Runs traced programs on one device: compile once, run many times.
///
/// Few calls, each for a whole program, so that a dynamic call costs nothing beside the work it starts.
public protocol Backend: AnyObject {
    var device: DeviceDescription { get }

    /// Reserves all arenas of `layout`, zeroed.
    ///
    /// - Throws: The backend's error with the bytes asked for, if memory is short.
    func makeState(_ layout: StateLayout) throws -> any StateStore

    /// The launches that this device would run for a program, over planned memory.
    ///
    /// - Parameter varying: Names of the inputs that change from run to run, for a program that is prepared once and run many times
    ///   (`CompiledProgram.runPrepared`); nil if every run may change everything.
    func schedule(_ program: Program, varying: Set<String>?) -> Schedule

    /// Chooses kernels and binds arguments for a schedule that `schedule` made, or a single launch that was isolated from one.
    ///
    /// - Throws: `TensorError` if it names a variable that `state` does not hold or was made elsewhere.
    func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram

    /// Makes a program ready to run; it reads and assigns variables of `state`.
    ///
    /// - Throws: `TensorError` if the program names a variable that `state` does not hold or was made elsewhere.
    func compile(_ program: Program, state: any StateStore) throws -> any CompiledProgram
}

extension Backend {
    public func compile(_ program: Program, state: any StateStore) throws -> any CompiledProgram {
        try compile(schedule(program, varying: nil), state: state)
    }

    /// Makes a program ready that is prepared once, by `run`, and then run many times with other values of a few inputs.
    ///
    /// - Parameter varying: Their names.
    /// - Throws: `TensorError` if the program has no such input, and as above.
    public func compile(
        _ program: Program, state: any StateStore, varying: Set<String>
    ) throws -> any CompiledProgram {
        if let unknown = varying.sorted().first(where: { program.inputIndex($0) == nil }) {
            throw TensorError("compile '\(program.name)': there is no input '\(unknown)' to vary")
        }
        return try compile(schedule(program, varying: varying), state: state)
    }
}

/// The state variables of an agent on one backend.
public protocol StateStore: AnyObject {
    var layout: StateLayout { get }

    /// Copies a range of a variable's elements to host memory; waits for programs that were started before.
    ///
    /// - Parameters:
    ///   - elements: The range in the contiguous variable, in elements.
    ///   - destination: `elements.count * variable.type.element.byteCount` bytes; float64 as the host's `Double`.
    func read(_ variable: Variable, elements: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws

    /// Copies host memory into a range of a variable's elements.
    func write(_ variable: Variable, elements: Range<Int>, from source: UnsafeRawBufferPointer) throws

    /// All elements of a float32 or float64 variable, as precise as the store keeps them.
    func doubles(_ variable: Variable) throws -> [Double]

    /// Sets all elements of a float32 or float64 variable; rounds them to what the store keeps.
    func write(doubles values: [Double], to variable: Variable) throws
}

extension StateStore {
    /// All elements of a float32 variable.
    public func floats(_ variable: Variable) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: variable.type.count) { buffer, count in
            try read(variable, elements: 0..<variable.type.count, into: UnsafeMutableRawBufferPointer(buffer))
            count = variable.type.count
        }
    }

    /// Sets all elements of a float32 variable.
    public func write(_ values: [Float], to variable: Variable) throws {
        guard values.count == variable.type.count else {
            throw TensorError("write: \(variable) takes \(variable.type.count) values, not \(values.count)")
        }
        try values.withUnsafeBytes { try write(variable, elements: 0..<values.count, from: $0) }
    }

    /// Sets all elements of an int32 variable.
    public func write(_ values: [Int32], to variable: Variable) throws {
        guard values.count == variable.type.count else {
            throw TensorError("write: \(variable) takes \(variable.type.count) values, not \(values.count)")
        }
        try values.withUnsafeBytes { try write(variable, elements: 0..<values.count, from: $0) }
    }
}

/// A program bound to a device and a state.
///
/// `setInput`, `run` and `readOutput` allocate nothing. `run` may return before the work is done; `readOutput` waits.
public protocol CompiledProgram: AnyObject {
    var program: Program { get }

    /// Gives the value of an input for the runs to come.
    ///
    /// - Parameter bytes: The contiguous tensor, exactly the input's size.
    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws

    func run() throws

    /// Runs what depends on the inputs that vary, or on variables that the program changes, and nothing else.
    ///
    /// The other inputs, and the variables that the program only reads, must be what they were at the last `run`. A program that was
    /// compiled without naming inputs that vary runs as a whole.
    ///
    /// - Throws: `TensorError` before the first run.
    func runPrepared() throws

    /// Copies an output of the last run.
    ///
    /// - Parameter bytes: Room for the contiguous tensor, exactly the output's size.
    /// - Throws: `TensorError` before the first run, on every backend: what memory holds then is no result.
    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws

    /// Gives the value of a float32 or float64 input; rounds it to what the backend computes in.
    func setInput(_ index: Int, doubles values: [Double]) throws

    /// A float32 or float64 output of the last run, as precise as the backend computes.
    func doubles(ofOutput index: Int) throws -> [Double]
}

extension Program {
    /// What every backend asks of an input.
    ///
    /// - Throws: `TensorError` if there is no such input or it has another size.
    public func checkInput(_ index: Int, byteCount: Int) throws {
        guard inputs.indices.contains(index) else {
            throw TensorError("setInput: program '\(name)' has \(inputs.count) inputs, no input \(index)")
        }
        let input = inputs[index]
        guard byteCount == input.type.byteCount else {
            throw TensorError(
                "setInput: '\(input.name)' \(input.type) takes \(input.type.byteCount) bytes, not \(byteCount)")
        }
    }

    /// What every backend asks of an output.
    ///
    /// - Throws: `TensorError` if there is no such output, it has another size, or the program has not run.
    public func checkOutput(_ index: Int, byteCount: Int, hasRun: Bool) throws {
        guard outputs.indices.contains(index) else {
            throw TensorError("readOutput: program '\(name)' has \(outputs.count) outputs, no output \(index)")
        }
        let output = outputs[index]
        guard byteCount == output.type.byteCount else {
            throw TensorError(
                "readOutput: '\(output.name)' \(output.type) fills \(output.type.byteCount) bytes, not \(byteCount)")
        }
        guard hasRun else {
            throw TensorError("readOutput: '\(output.name)' was asked for before program '\(name)' ran")
        }
    }

    /// What every backend asks of `runPrepared`.
    public func checkPrepared(hasRun: Bool) throws {
        guard hasRun else { throw TensorError("runPrepared: program '\(name)' has never run as a whole") }
    }
}

extension CompiledProgram {
    /// Runs everything, which gives the same.
    public func runPrepared() throws { try run() }

    /// Gives a float32 input by position.
    public func setInput(_ index: Int, _ values: [Float]) throws {
        try values.withUnsafeBytes { try setInput(index, $0) }
    }

    /// Gives an int32 input by position.
    public func setInput(_ index: Int, _ values: [Int32]) throws {
        try values.withUnsafeBytes { try setInput(index, $0) }
    }

    /// An output of the last run as an array.
    public func output(_ index: Int) throws -> [Float] {
        let count = program.outputs[index].type.count
        return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            try readOutput(index, into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }
}
