import CSIMD
import HyperReference
import Testing

@testable import HyperCPU
@testable import HyperTensor

@Suite struct BackendTests {
    @Test func refusesForeignState() throws {
        let backend = try CPUBackend(threads: 1)
        let program = try Program.trace("empty") { trace in trace.output("one", trace.constant(1, [3])) }
        let foreign = try ReferenceBackend().makeState(StateLayout())
        #expect(throws: TensorError.self) { try backend.compile(program, state: foreign) }
        let own = try backend.makeState(StateLayout())
        #expect(try runOnce(backend, program, own) == [1, 1, 1])
    }

    @Test func refusesVariablesThatStateLacks() throws {
        let backend = try CPUBackend(threads: 1)
        var layout = StateLayout()
        let variable = try layout.addVariable("counter", TensorType(.float32, [2]))
        let program = try Program.trace("read") { trace in trace.output("value", trace.read(variable) + 1) }
        let empty = try backend.makeState(StateLayout())
        let error = #expect(throws: TensorError.self) { try backend.compile(program, state: empty) }
        #expect(error?.message.contains("counter") == true)
    }

    @Test func refusesValuesOfTheWrongSize() throws {
        let backend = try CPUBackend(threads: 1)
        var layout = StateLayout()
        let variable = try layout.addVariable("table", TensorType(.float32, [4]))
        let state = try backend.makeState(layout)
        let program = try Program.trace("double") { trace in
            trace.output("y", trace.input("x", TensorType(.float32, [3])) * 2)
        }
        let compiled = try backend.compile(program, state: state)
        #expect(throws: TensorError.self) { try compiled.setInput(0, [1, 2] as [Float]) }
        #expect(throws: TensorError.self) { try compiled.setInput(1, [1, 2, 3] as [Float]) }
        #expect(throws: TensorError("readOutput: 'y' was asked for before program 'double' ran")) {
            try compiled.output(0)
        }
        var room = [Float](repeating: 0, count: 2)
        #expect(throws: TensorError.self) { try room.withUnsafeMutableBytes { try compiled.readOutput(0, into: $0) } }
        #expect(throws: TensorError.self) {
            try room.withUnsafeBytes { try state.write(variable, elements: 3..<5, from: $0) }
        }
        #expect(throws: TensorError.self) {
            try room.withUnsafeBytes { try state.write(variable, elements: 0..<1, from: $0) }
        }
        try room.withUnsafeBytes { try state.write(variable, elements: 2..<4, from: $0) }
        #expect(try state.floats(variable) == [0, 0, 0, 0])
    }

    /// Kernels read and store subnormal numbers as zeros on every thread; what runs on the same threads next does not.
    @Test(arguments: [1, 3]) func subnormalsAreZeroInKernelsAlone(_ threads: Int) throws {
        let backend = try CPUBackend(threads: threads)
        let count = 1 << 18
        let program = try Program.trace("subnormal") { trace in
            let x = trace.input("x", TensorType(.float32, [count]))
            trace.output("read", x * 0x1p20)
            trace.output("stored", (x + 0x1p-120) * 0x1p-20)
        }
        let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
        let tiny: Float = 0x1p-140
        try compiled.setInput(0, [Float](repeating: tiny, count: count))
        try compiled.run()
        #expect(try compiled.output(0).allSatisfy { $0 == 0 })
        #expect(try compiled.output(1).allSatisfy { $0 == 0 })
        let kept = UnsafeMutablePointer<Float>.allocate(capacity: 512)
        defer { kept.deallocate() }
        kept.initialize(repeating: 0, count: 512)
        backend.pool.run(units: 512) { kept[$0] = tiny * Float($0 + 1) }
        #expect((0..<512).allSatisfy { kept[$0] == tiny * Float($0 + 1) && kept[$0] > 0 })
    }

    @Test func stateIsZeroAndCostsNothingUntilWritten() throws {
        let backend = try CPUBackend(threads: 1)
        var layout = StateLayout()
        let count = 10 << 30
        let variable = try layout.addVariable("replay", TensorType(.float32, [count]))
        let state = try backend.makeState(layout)
        var last: [Float] = [7]
        try last.withUnsafeMutableBytes { try state.read(variable, elements: count - 1..<count, into: $0) }
        #expect(last == [0])
        try [Float(3)].withUnsafeBytes { try state.write(variable, elements: count - 1..<count, from: $0) }
        try last.withUnsafeMutableBytes { try state.read(variable, elements: count - 1..<count, into: $0) }
        #expect(last == [3])
    }

    @Test func refusesMoreMemoryThanThereIs() throws {
        let backend = try CPUBackend(threads: 1)
        var layout = StateLayout()
        try layout.addVariable("everything", TensorType(.float32, [1 << 60]))
        let error = #expect(throws: CPUError.self) { try backend.makeState(layout) }
        #expect(error?.message.contains("everything") == true)
    }

    @Test func replicasDoNotTouchEachOther() throws {
        // Five replicas of a layer's forward and backward products give the same bits as each alone.
        let backend = try CPUBackend(threads: 2)
        func program(_ replicas: Int) throws -> Program {
            try Program.trace("layer") { trace in
                let x = trace.input("x", TensorType(.float32, [replicas, 100, 70]))
                let w = trace.input("w", TensorType(.float32, [replicas, 70, 130]))
                let b = trace.input("b", TensorType(.float32, [replicas, 1, 130]))
                let y = (x.matmul(w) + b.broadcast(to: [replicas, 100, 130])).tanh()
                trace.output("y", y)
                trace.output("dx", y.matmul(w, transposeRight: true))
                trace.output("dw", x.matmul(y, transposeLeft: true))
                trace.output("db", y.sum(axes: [1]))
                trace.output("total", y.square().mean(axes: [1, 2]))
            }
        }
        let state = try backend.makeState(StateLayout())
        let many = try backend.compile(try program(5), state: state)
        let one = try backend.compile(try program(1), state: state)
        var inputs: [[Float]] = []
        for (index, value) in many.program.inputs.enumerated() {
            let values = (0..<value.type.count).map { Float(($0 * 2_654_435_761 + index) % 1000) / 500 - 1 }
            try many.setInput(index, values)
            inputs.append(values)
        }
        try many.run()
        for replica in 0..<5 {
            for (index, values) in inputs.enumerated() {
                let count = values.count / 5
                try one.setInput(index, Array(values[replica * count..<(replica + 1) * count]))
            }
            try one.run()
            for output in many.program.outputs.indices {
                let all = try many.output(output)
                let count = all.count / 5
                #expect(try one.output(output) == Array(all[replica * count..<(replica + 1) * count]))
            }
        }
    }

    @Test func registersLiveUntilTheirLastUse() throws {
        let backend = try CPUBackend(threads: 1)
        let program = try Program.trace("registers") { trace in
            let x = trace.input("x", TensorType(.float32, [40]))
            let first = x + 1
            let second = first * first
            let third = second - x
            let fourth = third * 0.5
            trace.output("y", (fourth - first) * (third + second) + first * fourth)
        }
        let compiled = try backend.compile(program, state: try backend.makeState(StateLayout()))
        let input = (0..<40).map { Float($0) / 8 }
        try compiled.setInput(0, input)
        try compiled.run()
        for (x, y) in zip(input, try compiled.output(0)) {
            let first = x + 1
            let second = first * first
            let third = second - x
            let fourth = third * 0.5
            #expect(y == (fourth - first) * (third + second) + first * fourth)
        }
    }

    @Test func softUpdateLeavesNeighboursAlone() throws {
        let backend = try CPUBackend(threads: 1)
        var layout = StateLayout()
        let members = [3, 20, 5, 16, 16].enumerated().map {
            (name: "\($0.offset)", type: TensorType(.float32, [$0.element]))
        }
        let source = try layout.addArena("source", members)
        let target = try layout.addArena("target", like: source)
        let state = try CPUStateStore(layout)
        for variable in source.variables {
            try state.write([Float](repeating: 8, count: variable.type.count), to: variable)
        }
        for variable in target.variables {
            try state.write([Float](repeating: 4, count: variable.type.count), to: variable)
        }
        let arguments = ArgumentMemory()
        var memory = ValueMemory(
            state: state, scratch: try MappedMemory(byteCount: 0, purpose: "test"), arguments: arguments)
        let chosen = [0, 2, 3]
        let values = chosen.flatMap { index in
            [(target, 0), (target, 1), (source, 0)].map { arena, version in
                let variable = arena.variables[index]
                return Value(type: variable.type, storage: .variable(variable, version: version))
            }
        }
        try memory.place(values, inputs: [])
        let builder = LaunchBuilder(
            memory: memory, arguments: arguments, kernels: backend.kernels, library: backend.library,
            threads: 1)
        var launch = try #require(
            builder.softUpdate(
                SoftUpdateLaunch(
                    targets: chosen.indices.map { Revision(before: 3 * $0, after: 3 * $0 + 1) },
                    sources: chosen.indices.map { place in
                        Operand(value: 3 * place + 2, view: View(contiguous: values[3 * place + 2].type.shape))
                    }, rate: 0.5)))
        hr_run_launches(backend.pool.handle, &launch, 1)
        for (index, variable) in target.variables.enumerated() {
            let expected: Float = chosen.contains(index) ? 6 : 4
            #expect(try state.floats(variable).allSatisfy { $0 == expected }, "\(variable)")
        }
    }

    /// Products with one row or one column that are too large for the small kernel, in every storage order.
    @Test(arguments: [CPUProducts.own, .openblas])
    func largeRowsAndColumnsAreRight(_ products: CPUProducts) throws {
        let backend = try CPUBackend(threads: 2, products: products)
        var numbers = TestNumbers(seed: 8)
        for (m, n) in [(300, 1), (1, 300)] {
            let k = 130
            let left = numbers.array(m * k)
            let right = numbers.array(k * n)
            for (leftTransposed, rightTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
                let program = try Program.trace("product") { trace in
                    let x = trace.input("x", TensorType(.float32, leftTransposed ? [1, k, m] : [1, m, k]))
                    let y = trace.input("y", TensorType(.float32, rightTransposed ? [1, n, k] : [1, k, n]))
                    trace.output(
                        "z", x.matmul(y, transposeLeft: leftTransposed, transposeRight: rightTransposed))
                }
                let compiled = try backend.compile(program, state: try backend.makeState(StateLayout()))
                try compiled.setInput(0, left)
                try compiled.setInput(1, right)
                try compiled.run()
                for (index, got) in try compiled.output(0).enumerated() {
                    let (i, j) = (index / n, index % n)
                    let exact = (0..<k).reduce(0.0) { sum, l in
                        sum + Double(left[leftTransposed ? l * m + i : i * k + l])
                            * Double(right[rightTransposed ? j * k + l : l * n + j])
                    }
                    #expect(abs(Double(got) - exact) < 1e-5, "\(m) x \(n), \(leftTransposed) \(rightTransposed)")
                }
            }
        }
    }

    private func runOnce(_ backend: CPUBackend, _ program: Program, _ state: any StateStore) throws -> [Float] {
        let compiled = try backend.compile(program, state: state)
        try compiled.run()
        return try compiled.output(0)
    }
}
