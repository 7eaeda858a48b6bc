import HyperTensor

/// What a program must give in runs that follow each other, computed once for any number of backends.
public struct ExpectedRuns {
    private let program: Program
    private let compile: (any Backend, any StateStore) throws -> any CompiledProgram
    private let inputs: [[Double]]
    private let initial: ReferenceState
    private let layout: StateLayout
    private let tolerance: Tolerance
    /// After each run, the outputs and the state.
    private let runs: [(outputs: [[Double]], state: ReferenceState)]

    /// - Parameters: As of `Agreement.disagreements`.
    ///   - count: Runs to compare.
    public init(
        of program: Program, inputs: [[Double]], initial: ReferenceState, layout: StateLayout, tolerance: Tolerance,
        count: Int = 2
    ) throws {
        try self.init(
            program, interpret: ReferenceInterpreter(program).run, compile: { try $0.compile(program, state: $1) },
            inputs: inputs, initial: initial, layout: layout, tolerance: tolerance, count: count)
    }

    /// Of launches that a backend runs as they are.
    public init(
        of schedule: Schedule, initial: ReferenceState, layout: StateLayout, tolerance: Tolerance, count: Int = 2
    ) throws {
        try self.init(
            schedule.program, interpret: ScheduleInterpreter(schedule).run,
            compile: { try $0.compile(schedule, state: $1) }, inputs: [], initial: initial, layout: layout,
            tolerance: tolerance, count: count)
    }

    private init(
        _ program: Program, interpret: ([[Double]], inout ReferenceState) throws -> [[Double]],
        compile: @escaping (any Backend, any StateStore) throws -> any CompiledProgram, inputs: [[Double]],
        initial: ReferenceState, layout: StateLayout, tolerance: Tolerance, count: Int
    ) throws {
        self.program = program
        self.compile = compile
        self.inputs = inputs
        self.initial = initial
        self.layout = layout
        self.tolerance = tolerance
        var state = initial
        runs = try (0..<count).map { _ in
            let outputs = try interpret(inputs, &state)
            return (outputs, state)
        }
    }

    /// One line for each value in which a backend disagrees, with the worst element; empty if the backend is right.
    ///
    /// - Parameter prepare: Called before each run, to set up memory whose contents must not matter.
    public func disagreements(
        on backend: any Backend, prepare: (any CompiledProgram) throws -> Void = { _ in }
    ) throws -> [String] {
        let store = try backend.makeState(layout)
        for variable in layout.variables {
            try store.write(numbers: try initial.values(of: variable), to: variable)
        }
        let compiled = try compile(backend, store)
        for (index, values) in inputs.enumerated() { try compiled.setInput(index, numbers: values) }
        var lines: [String] = []
        for (run, expected) in runs.enumerated() {
            try prepare(compiled)
            try compiled.run()
            for (index, output) in program.outputs.enumerated() {
                let got = try Self.readValues(output.type) { try compiled.readOutput(index, into: $0) }
                let place = "\(program.name), run \(run + 1), output '\(output.name)' \(output.type)"
                lines += mismatch(got, expected.outputs[index], output.type.element, place)
            }
            for variable in layout.variables {
                let got = try Self.readValues(variable.type) {
                    try store.read(variable, elements: 0..<variable.type.count, into: $0)
                }
                let place = "\(program.name), run \(run + 1), variable \(variable)"
                lines += mismatch(got, try expected.state.values(of: variable), variable.type.element, place)
            }
        }
        return lines
    }

    /// Host values of a type, read into memory that is filled with NaN first, so that what is not written shows.
    private static func readValues(
        _ type: TensorType, _ read: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> [Double] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(type.byteCount, 4), alignment: 64)
        defer { bytes.deallocate() }
        for index in 0..<bytes.count { bytes[index] = 0xFF }
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<type.byteCount])
        try read(room)
        return HostBytes.load(UnsafeRawBufferPointer(room), type.element)
    }

    private func mismatch(
        _ got: [Double], _ expected: [Double], _ element: ElementType, _ place: String
    ) -> [String] {
        let wrong = got.indices.filter { !tolerance.accepts(got[$0], expected: expected[$0], as: element) }
        func distance(_ index: Int) -> Double {
            let difference = (got[index] - expected[index]).magnitude
            return difference.isNaN ? .infinity : difference
        }
        guard let worst = wrong.max(by: { distance($0) < distance($1) }) else { return [] }
        return [
            "\(place): \(wrong.count) of \(got.count) elements are off, the worst at \(worst): got \(got[worst]), expected \(expected[worst]) (relative \(tolerance.relative), absolute \(tolerance.absolute))"
        ]
    }
}
