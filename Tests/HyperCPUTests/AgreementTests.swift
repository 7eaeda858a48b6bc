import HyperReference
import HyperTensor
import Testing

@testable import HyperCPU

@Suite struct AgreementTests {
    @Test(arguments: CPULevel.supported, [CPUProducts.own, .openblas])
    func agreesWithReference(_ level: CPULevel, _ products: CPUProducts) throws {
        let backend = try CPUBackend(threads: 1, level: level, products: products)
        #expect(backend.device.name.contains(level.rawValue))
        #expect(backend.device.name.contains("OpenBLAS") == (products == .openblas))
        for op in OpCase.all {
            let lines = try op.disagreements(on: backend)
            #expect(lines.isEmpty, "\(level.rawValue): \(lines.joined(separator: "\n"))")
        }
    }

    @Test func leavesNothingUnwritten() throws {
        // Whatever scratch held before, outputs are the same.
        let backend = try CPUBackend(threads: 2)
        for op in OpCase.all {
            let clean = try run(op, backend, poison: false)
            let poisoned = try run(op, backend, poison: true)
            #expect(clean == poisoned, "\(op)")
        }
    }

    @Test func threadsChangeNoBit() throws {
        for products in [CPUProducts.own, .openblas] {
            let one = try CPUBackend(threads: 1, products: products)
            let three = try CPUBackend(threads: 3, products: products)
            for op in OpCase.all {
                #expect(try run(op, one, poison: false) == run(op, three, poison: false), "\(op), \(products)")
            }
        }
    }

    /// Bytes of outputs and state after two runs.
    private func run(_ op: OpCase, _ backend: CPUBackend, poison: Bool) throws -> [[UInt8]] {
        let (program, layout) = (try op.program(), try op.layout())
        let store = try backend.makeState(layout)
        for (variable, values) in zip(layout.variables, op.stateValues()) {
            try store.write(numbers: values, to: variable)
        }
        let compiled = try backend.compile(program, state: store)
        for (index, values) in op.operandValues().enumerated() {
            try compiled.setInput(index, numbers: values)
        }
        for _ in 0..<2 {
            if poison { (compiled as? CPUProgram)?.fillScratch(with: 0xFF) }
            try compiled.run()
        }
        func bytes(_ type: TensorType, _ read: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: type.byteCount)
            try bytes.withUnsafeMutableBytes { try read($0) }
            return bytes
        }
        return try program.outputs.enumerated().map { index, output in
            try bytes(output.type) { try compiled.readOutput(index, into: $0) }
        }
            + layout.variables.map { variable in
                try bytes(variable.type) { try store.read(variable, elements: 0..<variable.type.count, into: $0) }
            }
    }
}
