import HyperTensor

/// Whether a backend computes what the interpreter computes.
public enum Agreement {
    /// Runs a program twice on a backend and in the interpreter and compares outputs and state after each run.
    ///
    /// - Parameters:
    ///   - inputs: Values of the program's inputs, exact in float32 or int32.
    ///   - initial: The state to begin with, likewise.
    ///   - layout: The state's layout.
    ///   - tolerance: How far the backend may be off.
    ///   - prepare: Called before each run, to set up memory whose contents must not matter.
    /// - Returns: One line for each value that disagrees, with the worst element; empty if the backend is right.
    public static func disagreements(
        of program: Program, on backend: any Backend, inputs: [[Double]], initial: ReferenceState, layout: StateLayout,
        tolerance: Tolerance, prepare: (any CompiledProgram) throws -> Void = { _ in }
    ) throws -> [String] {
        let store = try backend.makeState(layout)
        for variable in layout.variables {
            let values = try initial.values(of: variable)
            switch variable.type.element {
            case .float32: try store.write(values.map(Float.init), to: variable)
            case .int32: try store.write(values.map { Int32($0) }, to: variable)
            }
        }
        let compiled = try backend.compile(program, state: store)
        for (index, values) in inputs.enumerated() {
            switch program.inputs[index].type.element {
            case .float32: try compiled.setInput(index, values.map(Float.init))
            case .int32: try compiled.setInput(index, values.map { Int32($0) })
            }
        }
        let interpreter = ReferenceInterpreter(program)
        var expected = initial
        var lines: [String] = []
        for run in 1...2 {
            try prepare(compiled)
            try compiled.run()
            let outputs = try interpreter.run(inputs: inputs, state: &expected)
            for (index, output) in program.outputs.enumerated() {
                let got = try readValues(output.type) { try compiled.readOutput(index, into: $0) }
                let place = "\(program.name), run \(run), output '\(output.name)' \(output.type)"
                lines += mismatch(got, outputs[index], tolerance, place)
            }
            for variable in layout.variables {
                let got = try readValues(variable.type) {
                    try store.read(variable, elements: 0..<variable.type.count, into: $0)
                }
                let place = "\(program.name), run \(run), variable \(variable)"
                lines += mismatch(got, try expected.values(of: variable), tolerance, place)
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

    private static func mismatch(
        _ got: [Double], _ expected: [Double], _ tolerance: Tolerance, _ place: String
    ) -> [String] {
        let wrong = got.indices.filter { !tolerance.accepts(got[$0], expected: expected[$0]) }
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

extension OpCase {
    /// Where a backend disagrees with the interpreter on this case; empty if it is right.
    ///
    /// - Parameter prepare: Called before each of the two runs, to set up memory whose contents must not matter.
    public func disagreements(
        on backend: any Backend, seed: UInt32 = 0, prepare: (any CompiledProgram) throws -> Void = { _ in }
    ) throws -> [String] {
        try Agreement.disagreements(
            of: program(), on: backend, inputs: operandValues(seed: seed), initial: makeState(seed: seed),
            layout: layout(), tolerance: tolerance, prepare: prepare)
    }
}
