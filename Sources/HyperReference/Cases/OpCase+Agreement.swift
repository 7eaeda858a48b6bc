import HyperTensor

extension OpCase {
    /// Runs the case twice on a backend and compares outputs and state with the interpreter after each run.
    ///
    /// - Returns: One line for each value that disagrees, with the worst element; empty if the backend is right.
    public func disagreements(on backend: any Backend, seed: UInt32 = 0) throws -> [String] {
        let (program, layout) = (try program(), try layout())
        let store = try backend.makeState(layout)
        var expected = ReferenceState(layout)
        for (variable, values) in zip(layout.variables, stateValues(seed: seed)) {
            try expected.set(variable, to: values)
            switch variable.type.element {
            case .float32: try store.write(values.map(Float.init), to: variable)
            case .int32: try store.write(values.map { Int32($0) }, to: variable)
            }
        }
        let compiled = try backend.compile(program, state: store)
        let interpreter = ReferenceInterpreter(program)
        let inputs = operandValues(seed: seed)
        for (index, values) in inputs.enumerated() {
            switch program.inputs[index].type.element {
            case .float32: try compiled.setInput(index, values.map(Float.init))
            case .int32: try compiled.setInput(index, values.map { Int32($0) })
            }
        }
        var lines: [String] = []
        for run in 1...2 {
            try compiled.run()
            let outputs = try interpreter.run(inputs: inputs, state: &expected)
            for (index, output) in program.outputs.enumerated() {
                let got = try readValues(output.type) { try compiled.readOutput(index, into: $0) }
                lines += mismatch(got, outputs[index], "run \(run), output '\(output.name)' \(output.type)")
            }
            for variable in layout.variables {
                let got = try readValues(variable.type) {
                    try store.read(variable, elements: 0..<variable.type.count, into: $0)
                }
                lines += mismatch(got, try expected.values(of: variable), "run \(run), variable \(variable)")
            }
        }
        return lines
    }

    /// Host values of a type, read into memory that is filled with NaN first, so that what is not written shows.
    private func readValues(_ type: TensorType, _ read: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [Double] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(type.byteCount, 4), alignment: 64)
        defer { bytes.deallocate() }
        for index in 0..<bytes.count { bytes[index] = 0xFF }
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<type.byteCount])
        try read(room)
        return HostBytes.load(UnsafeRawBufferPointer(room), type.element)
    }

    private func mismatch(_ got: [Double], _ expected: [Double], _ place: String) -> [String] {
        let wrong = got.indices.filter { !tolerance.accepts(got[$0], expected: expected[$0]) }
        func distance(_ index: Int) -> Double {
            let difference = (got[index] - expected[index]).magnitude
            return difference.isNaN ? .infinity : difference
        }
        guard let worst = wrong.max(by: { distance($0) < distance($1) }) else { return [] }
        return [
            "\(name), \(place): \(wrong.count) of \(got.count) elements are off, the worst at \(worst): got \(got[worst]), expected \(expected[worst]) (relative \(tolerance.relative), absolute \(tolerance.absolute))"
        ]
    }
}
