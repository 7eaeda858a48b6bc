import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

@testable import HyperOpenCL

extension OpenCLTests {
    /// Integers and doubles, on a device with doubles and on one without.
    @Suite struct WideNumberTests {
        /// A backend that has doubles or does without.
        private func backend(pairs: Bool, guardElements: Int = 0) throws -> OpenCLBackend {
            var device = try TestDevice.any()
            if pairs { device.hasDoubles = false }
            return try OpenCLBackend(
                device, tuning: KernelTuning(for: device), cache: .standard, guardElements: guardElements)
        }

        @Test func everyWideCaseAgreesWithReferenceWithoutDoubles() throws {
            let backend = try backend(pairs: true, guardElements: 64)
            var count = 0
            for op in OpCase.all where try isWide(op) {
                let lines = try op.disagreements(on: backend) { compiled in
                    guard let scratch = (compiled as? OpenCLProgram)?.scratch else { return }
                    try scratch.fill(0xFFC0_1234, bytes: 0..<scratch.byteCount)
                }
                #expect(lines.isEmpty, "\(lines.joined(separator: "\n"))")
                count += 1
            }
            #expect(count > 100)
            for kind in KernelKind.allCases where kind.isWide { #expect(backend.kernelUses[kind.function] ?? 0 > 0) }
        }

        private func isWide(_ op: OpCase) throws -> Bool {
            try op.program().nodes.contains { $0.type.element == .float64 || $0.op.kind == .cast }
                || op.name.contains("integers")
        }

        @Test(arguments: [false, true], [1, 31, 4096, 4099, 100_003])
        func cancellingProductsKeepTheirDigits(pairs: Bool, count: Int) throws {
            let backend = try backend(pairs: pairs)
            guard pairs || backend.openCLDevice.hasDoubles else { return }
            let products = CancellingProducts(count: count, seed: 3)
            let type = TensorType(.float32, [count])
            let program = try Program.trace("dot") { trace in
                trace.output("sum", trace.input("a", type).dot(trace.input("b", type)))
            }
            let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
            try compiled.setInput(0, products.left)
            try compiled.setInput(1, products.right)
            try compiled.run()
            let got = try compiled.doubles(ofOutput: 0)[0]
            let bound = pairs ? 0x1p-38 * products.magnitude : Double(count) * 0x1p-53 * products.magnitude
            #expect((got - products.sum).magnitude <= bound, "off by \(got - products.sum)")
            if count > 4000 { #expect((Double(products.sumInFloat) - products.sum).magnitude > 100 * bound) }
        }

        @Test(arguments: [false, true], [UInt32](0..<3)) func randomProgramsAgreeWithReference(
            pairs: Bool, seed: UInt32
        ) throws {
            let found = try RandomProgram(seed: seed, opCount: 24).disagreements(on: backend(pairs: pairs))
            #expect(found == [])
        }

        /// The scalars of a conjugate gradient never leave the device, in doubles or in pairs of floats.
        @Test(arguments: [false, true]) func conjugateGradientsConverge(pairs: Bool) throws {
            let problem = try ConjugateGradient(size: 64)
            let exact = try problem.solve(10, on: ReferenceBackend())
            let got = try problem.solve(10, on: backend(pairs: pairs))
            #expect(exact.left < 1e-8 && got.left < 2e-8)
            let largest = exact.x.map(\.magnitude).max() ?? 0
            #expect(zip(got.x, exact.x).allSatisfy { ($0 - $1).magnitude < 1e-5 * largest })
        }

        /// Doubles of the host pass through state, inputs, constants and outputs; as pairs they keep 48 bits.
        @Test(arguments: [false, true]) func hostDoublesPassThrough(pairs: Bool) throws {
            let backend = try backend(pairs: pairs)
            let numbers = [1.0 / 3, -2e10 / 7, 0, -0.0, .infinity, -.infinity, .nan, 1e-20, 123_456_789.123_456_789]
            let type = TensorType(.float64, [numbers.count])
            var layout = StateLayout()
            let held = try layout.addArena("held", [("first", TensorType(.float32, [3])), ("numbers", type)]).variables[
                1]
            let state = try backend.makeState(layout)
            try state.write(doubles: numbers, to: held)
            let program = try Program.trace("pass") { trace in
                trace.output("held", trace.read(held))
                trace.output("given", trace.input("given", type))
                trace.output("constant", trace.constant(numbers, type))
            }
            let compiled = try backend.compile(program, state: state)
            try compiled.setInput(0, doubles: numbers)
            try compiled.run()
            let isExact = !pairs && backend.openCLDevice.hasDoubles
            for got in try [state.doubles(held)] + (0..<3).map({ try compiled.doubles(ofOutput: $0) }) {
                for (value, number) in zip(got, numbers) {
                    if number.isNaN {
                        #expect(value.isNaN)
                    } else {
                        let bound = isExact || !number.isFinite ? 0 : 0x1p-48 * number.magnitude
                        #expect(value == number || (value - number).magnitude <= bound, "\(value), not \(number)")
                    }
                }
            }
        }
    }
}
