import HyperReference
import HyperTensor
import Testing

@Suite struct ReferenceBackendTests {
    @Test func stateAndProgramsSpeakFloatAndKeepDouble() throws {
        var layout = StateLayout()
        let sum = try layout.addVariable("sum", TensorType(.float32, [3]))
        let program = try Program.trace("add") { trace in
            trace.assign(sum, trace.read(sum) + trace.input("x", TensorType(.float32, [3])))
            trace.output("sum", trace.read(sum))
        }
        let backend = ReferenceBackend()
        let store = try backend.makeState(layout)
        try store.write([1, 2, 3] as [Float], to: sum)
        let compiled = try backend.compile(program, state: store)
        try compiled.setInput(0, [0.5, 0.25, 0] as [Float])
        try compiled.run()
        #expect(try compiled.output(0) == [1.5, 2.25, 3])
        #expect(try store.floats(sum) == [1.5, 2.25, 3])
        var part = [Float](repeating: 0, count: 2)
        try part.withUnsafeMutableBytes { try store.read(sum, elements: 1..<3, into: $0) }
        #expect(part == [2.25, 3])

        let exact = try #require(compiled as? ReferenceProgram)
        exact.inputs[0] = [1e-12, 0, 0]
        try compiled.run()
        #expect(exact.outputs[0][0] == 1.5 + 1e-12)
    }

    @Test func mistakesAreNamed() throws {
        var layout = StateLayout()
        let held = try layout.addVariable("held", TensorType(.float32, [2]))
        let program = try Program.trace("reader") { trace in
            let x = trace.input("x", TensorType(.float32, [2]))
            trace.output("y", trace.read(held) + x)
        }
        var empty = ReferenceState(StateLayout())
        var full = ReferenceState(layout)
        let interpreter = ReferenceInterpreter(program)
        #expect(
            message { _ = try interpreter.run(inputs: [], state: &full) }
                == "reference: program 'reader' takes 1 inputs, got 0")
        #expect(
            message { _ = try interpreter.run(inputs: [[1]], state: &full) }
                == "reference: input 'x' of 'reader' is f32[2] (2 values), got 1")
        #expect(
            message { _ = try interpreter.run(inputs: [[1, 2]], state: &empty) }
                == "reference: the state holds no variable held f32[2]")
        #expect(message { try full.set(held, to: [1]) } == "reference: held f32[2] takes 2 values, not 1")

        let backend = ReferenceBackend()
        #expect(
            message { _ = try backend.compile(program, state: try backend.makeState(StateLayout())) }
                == "reference: program 'reader' names held f32[2], which the state does not hold")
        let store = try backend.makeState(layout)
        let compiled = try backend.compile(program, state: store)
        #expect(
            message { try compiled.setInput(0, [1] as [Float]) }
                == "setInput: 'x' f32[2] takes 8 bytes, not 4")
        #expect(
            message { _ = try compiled.output(0) }
                == "readOutput: 'y' was asked for before program 'reader' ran")
        #expect(
            message { try store.write([1, 2, 3] as [Float], to: held) } == "write: held f32[2] takes 2 values, not 3")
        let three = [Float](repeating: 0, count: 3)
        #expect(
            message { try three.withUnsafeBytes { try store.write(held, elements: 0..<3, from: $0) } }
                == "reference: elements 0..<3 of held f32[2] do not fit 12 bytes")
    }

    /// The text of the error that `body` throws, or nil.
    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return "\(error)" }
    }
}
