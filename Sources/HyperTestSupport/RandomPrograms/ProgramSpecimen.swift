import HyperReference
import HyperTensor

/// A program with the numbers that it is run on.
public struct ProgramSpecimen: Sendable {
    public var program: Program
    public let layout: StateLayout
    /// By the input's name, its values, row-major and exact in float32.
    public var inputs: [String: [Double]]
    public let initial: ReferenceState

    /// - Parameter inputs: In the order of the program's inputs.
    public init(program: Program, layout: StateLayout, inputs: [[Double]], initial: ReferenceState) {
        self.program = program
        self.layout = layout
        self.inputs = Dictionary(uniqueKeysWithValues: zip(program.inputs.map(\.name), inputs))
        self.initial = initial
    }

    /// The values of the program's inputs, in its order.
    public var inputValues: [[Double]] {
        program.inputs.map { inputs[$0.name] ?? [Double](repeating: 0, count: $0.type.count) }
    }

    /// All outputs and variables after each of two runs.
    ///
    /// - Parameter run: One run: takes the inputs, changes the state and gives the outputs.
    public func results(_ run: ([[Double]], inout ReferenceState) throws -> [[Double]]) throws -> [ProgramResult] {
        var state = initial
        var results: [ProgramResult] = []
        for number in 1...2 {
            for (output, values) in zip(program.outputs, try run(inputValues, &state)) {
                results.append(ProgramResult(label: "run \(number), output '\(output.name)'", values: values))
            }
            for variable in layout.variables {
                let values = try state.values(of: variable)
                results.append(ProgramResult(label: "run \(number), variable \(variable)", values: values))
            }
        }
        return results
    }

    /// What the interpreter of programs computes: what is right.
    public func expected() throws -> [ProgramResult] { try interpreted(program) }

    /// What the interpreter makes of a program that should be the same as this one; it may take fewer inputs.
    public func interpreted(_ program: Program) throws -> [ProgramResult] {
        var other = self
        other.program = program
        let interpreter = ReferenceInterpreter(program)
        return try other.results { try interpreter.run(inputs: $0, state: &$1) }
    }

    /// What a schedule of the program computes in double precision.
    public func scheduled(_ schedule: Schedule) throws -> [ProgramResult] {
        let interpreter = ScheduleInterpreter(schedule)
        return try results { try interpreter.run(inputs: $0, state: &$1) }
    }

    /// What a backend computes; where inputs are named that vary, the second run is one of the prepared program.
    public func computed(on backend: any Backend, varying: Set<String>? = nil) throws -> [ProgramResult] {
        let store = try backend.makeState(layout)
        for variable in layout.variables {
            try store.write(numbers: try initial.values(of: variable), to: variable)
        }
        let schedule = backend.schedule(program, varying: varying)
        let compiled = try backend.compile(schedule, state: store)
        var hasRun = false
        for (index, values) in inputValues.enumerated() {
            try compiled.setInput(index, numbers: values)
        }
        return try results { _, state in
            if hasRun { try compiled.runPrepared() } else { try compiled.run() }
            hasRun = true
            for variable in layout.variables {
                let values = try Self.values(of: variable.type) {
                    try store.read(variable, elements: 0..<variable.type.count, into: $0)
                }
                try state.set(variable, to: values)
            }
            return try program.outputs.enumerated().map { index, output in
                try Self.values(of: output.type) { try compiled.readOutput(index, into: $0) }
            }
        }
    }

    /// Host values of a type, read into memory that is filled with NaN first, so that what is not written shows.
    private static func values(
        of type: TensorType, _ read: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> [Double] {
        switch type.element {
        case .float32:
            var values = [Float](repeating: .nan, count: type.count)
            try values.withUnsafeMutableBytes { try read($0) }
            return values.map { Double($0) }
        case .float64:
            var values = [Double](repeating: .nan, count: type.count)
            try values.withUnsafeMutableBytes { try read($0) }
            return values
        case .int32:
            var values = [Int32](repeating: .min, count: type.count)
            try values.withUnsafeMutableBytes { try read($0) }
            return values.map { Double($0) }
        }
    }
}

/// Numbers of one output or variable after a run.
public struct ProgramResult: Sendable {
    /// Which run, and of what.
    public let label: String
    /// Row-major.
    public let values: [Double]

    /// Where this result is further off than tolerated; nil if nowhere.
    public func disagreement(with expected: ProgramResult, _ tolerance: Tolerance) -> ProgramDisagreement? {
        guard values.count == expected.values.count else {
            return ProgramDisagreement(
                label: label, text: "\(values.count) elements instead of \(expected.values.count)")
        }
        let wrong = values.indices.filter { !tolerance.accepts(values[$0], expected: expected.values[$0]) }
        func distance(_ index: Int) -> Double {
            let difference = (values[index] - expected.values[index]).magnitude
            return difference.isNaN ? .infinity : difference
        }
        guard let worst = wrong.max(by: { distance($0) < distance($1) }) else { return nil }
        return ProgramDisagreement(
            label: label,
            text:
                "\(wrong.count) of \(values.count) elements are off, the worst at \(worst): got \(values[worst]), expected \(expected.values[worst])"
        )
    }
}

/// A result that is not what it should be.
public struct ProgramDisagreement: Sendable, CustomStringConvertible {
    /// Which run, and of what.
    public let label: String
    public let text: String

    public var description: String { "\(label): \(text)" }
}
