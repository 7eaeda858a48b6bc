import HyperTensor
import HyperTestSupport
import Testing

@testable import HyperCPU

@Suite struct DotProductTests {
    @Test(arguments: [1, 31, 4096, 4099, 100_003]) func cancellingProductsKeepTheirDigits(_ count: Int) throws {
        let products = CancellingProducts(count: count, seed: 3)
        let bound = Double(count) * 0x1p-53 * products.magnitude
        for level in CPULevel.supported {
            let got = try dots([(products.left, products.right)], on: CPUBackend(threads: 2, level: level))[0]
            #expect((got - products.sum).magnitude <= bound, "\(level): off by \(got - products.sum)")
        }
        // The data are hard: a sum in float32 is far off.
        if count > 4000 { #expect((Double(products.sumInFloat) - products.sum).magnitude > 100 * bound) }
    }

    /// The order of a sum follows from its length alone: not from threads, instruction sets or the rows beside it.
    @Test(arguments: [5, 33, 4096, 4100, 20_001]) func bitsDependOnTheRowAlone(_ count: Int) throws {
        var numbers = TestNumbers(seed: 4)
        let rows = (0..<3).map { _ in (numbers.array(count), numbers.array(count)) }
        let expected = try dots(rows, on: CPUBackend(threads: 1))
        for level in CPULevel.supported {
            for threads in [1, 3] {
                let backend = try CPUBackend(threads: threads, level: level)
                #expect(try dots(rows, on: backend) == expected, "\(level), \(threads) threads")
                #expect(try rows.map { try dots([$0], on: backend)[0] } == expected, "\(level), \(threads) threads")
            }
        }
    }

    private func dots(_ rows: [([Float], [Float])], on backend: CPUBackend) throws -> [Double] {
        let type = TensorType(.float32, [rows.count, rows[0].0.count])
        let program = try Program.trace("dot") { trace in
            trace.output("sum", trace.input("a", type).dot(trace.input("b", type)))
        }
        let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
        try compiled.setInput(0, rows.flatMap(\.0))
        try compiled.setInput(1, rows.flatMap(\.1))
        try compiled.run()
        return try compiled.doubles(ofOutput: 0)
    }
}
