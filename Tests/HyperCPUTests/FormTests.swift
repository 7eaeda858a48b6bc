import CSIMD
import Testing

@testable import HyperCPU

/// Programs that run as single loops, over matrices whose operands lie apart, repeat or are shared.
@Suite struct FormTests {
    struct Form: Sendable, CustomStringConvertible {
        let description: String
        let inputs: Int
        let constants: [Float]
        /// Opcode, result and operands.
        let instructions: [(hr_opcode, UInt8, UInt8, UInt8, UInt8)]
        let expected: @Sendable (Float, Float, Float) -> Float
    }

    static let forms = [
        Form(description: "copy", inputs: 1, constants: [], instructions: []) { x, _, _ in x },
        Form(description: "add", inputs: 2, constants: [], instructions: [(HR_ADD, 2, 0, 1, 0)]) { x, y, _ in x + y },
        Form(
            description: "add, relu", inputs: 2, constants: [],
            instructions: [(HR_ADD, 2, 0, 1, 0), (HR_RELU, 2, 2, 0, 0)]
        ) { x, y, _ in max(x + y, 0) },
        Form(
            description: "add, add", inputs: 3, constants: [],
            instructions: [(HR_ADD, 3, 0, 1, 0), (HR_ADD, 3, 2, 3, 0)]
        ) { x, y, z in z + (x + y) },
        Form(
            description: "less, select", inputs: 2, constants: [0.25],
            instructions: [(HR_LESS, 3, 2, 1, 0), (HR_SELECT, 3, 3, 0, 2)]
        ) { x, y, _ in 0.25 < y ? x : 0.25 },
        Form(
            description: "less, select, add", inputs: 3, constants: [-0.5],
            instructions: [(HR_LESS, 4, 3, 1, 0), (HR_SELECT, 4, 4, 0, 3), (HR_ADD, 4, 2, 4, 0)]
        ) { x, y, z in z + (-0.5 < y ? x : -0.5) },
        // Nearly a form: operands exchanged.
        Form(
            description: "less, select, exchanged", inputs: 2, constants: [0.25],
            instructions: [(HR_LESS, 3, 1, 2, 0), (HR_SELECT, 3, 3, 0, 2)]
        ) { x, y, _ in y < 0.25 ? x : 0.25 },
    ]

    /// Matrices [2, 3, rows, columns]; the second input is one row for each of the first axis, the third is shared by the second axis.
    @Test(arguments: CPULevel.supported, forms)
    func everyElementIsRight(_ level: CPULevel, _ form: Form) {
        for (rows, columns) in [(5, 32), (4, 48), (7, 6), (1, 16), (3, 17)] {
            let sizes = [2, 3, rows, columns]
            let strides = [
                [3 * rows * (columns + 3), rows * (columns + 3), columns + 3, 1], [columns, 0, 0, 1],
                [rows * columns, 0, columns, 1],
            ]
            var numbers = TestNumbers(seed: 5)
            let inputs = (0..<form.inputs).map { _ in
                GuardedFloats(numbers.array(6 * rows * (columns + 3)), offset: 1)
            }
            let outputStrides = [3 * rows * (columns + 2), rows * (columns + 2), columns + 2, 1]
            let output = GuardedFloats(count: 6 * rows * (columns + 2), offset: 2)
            let memory = ArgumentMemory()
            var p = hr_elementwise()
            (p.rank, p.sizes) = (4, LaunchBuilder.axes(sizes))
            (p.rows, p.columns) = (6 * rows, columns)
            // Blocks that end in the middle of a matrix.
            (p.block_rows, p.block_columns) = (2 * rows + 1, columns)
            (p.inputs, p.constants, p.temporaries) = (Int32(form.inputs), Int32(form.constants.count), 1)
            (p.outputs, p.instructions) = (1, Int32(form.instructions.count))
            p.input = UnsafePointer(
                memory.keep(
                    zip(inputs, strides).map { hr_view(base: $0.base, strides: LaunchBuilder.axes($1)) }))
            p.constant = UnsafePointer(memory.keep(form.constants))
            p.output = UnsafePointer(
                memory.keep(
                    hr_output(
                        view: hr_view(base: output.base, strides: LaunchBuilder.axes(outputStrides)),
                        slot: Int32(form.instructions.last?.1 ?? 0))))
            p.instruction = UnsafePointer(
                memory.keep(
                    form.instructions.map {
                        hr_instruction(opcode: UInt8($0.0.rawValue), result: $0.1, a: $0.2, b: $0.3, c: $0.4)
                    }))
            level.kernels.elementwise(memory.keep(p), 0, (p.rows + p.block_rows - 1) / p.block_rows)

            var wrong: [[Int]] = []
            for index in 0..<6 * rows * columns {
                let at = [
                    index / (3 * rows * columns), index / (rows * columns) % 3, index / columns % rows, index % columns,
                ]
                func value(_ input: Int) -> Float {
                    guard input < form.inputs else { return 0 }
                    return inputs[input].base[zip(at, strides[input]).reduce(0) { $0 + $1.0 * $1.1 }]
                }
                let got = output.base[zip(at, outputStrides).reduce(0) { $0 + $1.0 * $1.1 }]
                if got != form.expected(value(0), value(1), value(2)) { wrong.append(at) }
            }
            #expect(
                wrong.isEmpty, "\(form), \(rows)x\(columns): \(wrong.count) wrong, the first at \(wrong.first ?? [])")
            #expect(output.isIntact && inputs.allSatisfy(\.isIntact))
            // What lies between rows of the output was not touched.
            let written = output.values.count { !$0.isNaN }
            #expect(written == 6 * rows * columns)
        }
    }
}
