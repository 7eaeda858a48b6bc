import HyperReference
import HyperTensor
import Kernels
import Testing

@testable import HyperOpenCL

/// Every kernel against double precision.
extension OpenCLTests {
    @Suite struct KernelTests {
        /// All of scratch is NaN before each run, so a result that depends on what was there shows; and what lies between values stays.
        @Test func everyKernelAgreesWithReferenceAndKeepsToItsMemory() throws {
            let backend = try TestDevice.backend(guardElements: 64)
            for op in OpCase.all + OpCase.edgeShapes {
                var preparedRuns = 0
                let lines = try op.disagreements(on: backend) { compiled in
                    guard let scratch = (compiled as? OpenCLProgram)?.scratch else { return }
                    try scratch.fill(Self.notANumber, bytes: 0..<scratch.byteCount)
                    preparedRuns += 1
                }
                #expect(preparedRuns == 2, "\(op.name): scratch was not filled")
                #expect(lines.isEmpty, "\(lines.joined(separator: "\n"))")
                let strays = try strayWrites(op, backend)
                #expect(strays == 0, "\(op.name): \(strays) elements outside of all values were written")
            }
            for (kernel, programs) in backend.kernelUses { #expect(programs > 0, "no case runs \(kernel)") }
        }

        /// A NaN that no arithmetic makes.
        private static let notANumber: UInt32 = 0xFFC0_1234

        /// Elements of scratch and state that belong to no value and have changed in a run.
        private func strayWrites(_ op: OpCase, _ backend: OpenCLBackend) throws -> Int {
            let (program, layout) = (try op.program(), try op.layout())
            guard let store = try backend.makeState(layout) as? OpenCLStateStore else { return -1 }
            let pattern = Self.notANumber
            for buffer in store.buffers { try buffer.fill(pattern, bytes: 0..<buffer.byteCount) }
            for (variable, values) in zip(layout.variables, op.stateValues()) {
                try store.write(numbers: values, to: variable)
            }
            guard let compiled = try backend.compile(program, state: store) as? OpenCLProgram else { return -1 }
            for (index, values) in op.operandValues().enumerated() {
                try compiled.setInput(index, numbers: values)
            }
            try compiled.scratch.fill(pattern, bytes: 0..<compiled.scratch.byteCount)
            try compiled.run()
            var strays = 0
            func count(_ buffer: OpenCLBuffer, _ owned: [Range<Int>]) throws {
                var words = [UInt32](repeating: 0, count: buffer.byteCount / 4)
                try words.withUnsafeMutableBytes { try buffer.read(at: 0, into: $0) }
                for range in owned { for index in range { words[index] = pattern } }
                strays += words.filter { $0 != pattern }.count
            }
            // What passes have folded into other launches is written by none and owns nothing.
            let written = Set(compiled.schedule.launches.flatMap(\.launch.writtenValues))
            try count(
                compiled.scratch,
                written.compactMap { id in
                    let value = compiled.schedule.values[id]
                    guard case .scratch(let offset) = value.storage else { return nil }
                    return offset..<offset + value.type.wordCount
                })
            for (index, buffer) in store.buffers.enumerated() {
                let places = try layout.variables.map { ($0, try store.place(of: $0)) }.filter { $0.1.buffer == index }
                try count(buffer, places.map { $0.1.offset..<$0.1.offset + $0.0.type.wordCount })
            }
            return strays
        }

        /// A file must compile without what the host generates or defines.
        @Test func everyFileCompilesAloneWithItsDefaults() throws {
            let context = try OpenCLContext(TestDevice.any())
            let compiler = KernelCompiler(
                context, tuning: KernelTuning(for: context.device), cache: ProgramCache(folder: nil))
            for file in KernelSources.all.keys.sorted() {
                #expect(throws: Never.self, "\(file)") { try compiler.buildAlone(file) }
            }
            #expect(compiler.buildsFromSource == KernelSources.all.count)
        }

        @Test func everyFileOfKernelsTellsHowToLaunchIt() {
            for (name, text) in KernelSources.all where text.contains("__kernel") {
                for heading in ["// Record", "// Launch", "// Needs", "// Maths", "// Checks"] {
                    #expect(text.contains(heading), "\(name) has no line '\(heading)'")
                }
            }
        }
    }
}
