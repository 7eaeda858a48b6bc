import CSIMD
import Glibc
import Testing

@testable import HyperCPU

@Suite struct ElementwiseKernelTests {
    /// One function: its instruction, the exact value, where it is looked at and the error allowed in units of the last place.
    struct Function: Sendable, CustomStringConvertible {
        let description: String
        let opcode: hr_opcode
        let range: ClosedRange<Float>
        let ulps: Double
        let exact: @Sendable (Double) -> Double
    }

    static let functions = [
        Function(description: "exp", opcode: HR_EXP, range: -87...88.7, ulps: 2) { exp($0) },
        Function(description: "log", opcode: HR_LOG, range: 1e-37...1e37, ulps: 2) { log($0) },
        Function(description: "log near 1", opcode: HR_LOG, range: 0.5...2, ulps: 2) { log($0) },
        Function(description: "sqrt", opcode: HR_SQRT, range: 0...1e30, ulps: 0.51) { $0.squareRoot() },
        Function(description: "rsqrt", opcode: HR_RECIPROCAL_SQRT, range: 1e-30...1e30, ulps: 1.5) {
            1 / $0.squareRoot()
        },
        Function(description: "reciprocal", opcode: HR_RECIPROCAL, range: -1e4...1e4, ulps: 0.51) { 1 / $0 },
        Function(description: "tanh", opcode: HR_TANH, range: -12...12, ulps: 3) { tanh($0) },
        Function(description: "tanh near 0", opcode: HR_TANH, range: -0.7...0.7, ulps: 3) { tanh($0) },
        Function(description: "sigmoid", opcode: HR_SIGMOID, range: -80...80, ulps: 4) { 1 / (1 + exp(-$0)) },
        Function(description: "softplus", opcode: HR_SOFTPLUS, range: -80...80, ulps: 4) {
            max($0, 0) + log1p(exp(-abs($0)))
        },
        Function(description: "floor", opcode: HR_FLOOR, range: -100...100, ulps: 0) { floor($0) },
        Function(description: "square", opcode: HR_SQUARE, range: -100...100, ulps: 0.51) { $0 * $0 },
    ]

    @Test(arguments: CPULevel.supported, functions)
    func functionsAreAccurate(_ level: CPULevel, _ function: Function) {
        var numbers = TestNumbers(seed: 1)
        let count = 20_003
        let span = function.range.upperBound - function.range.lowerBound
        let input = numbers.array(count).enumerated().map { index, number in
            // Half of them spread over magnitudes where the range spans many.
            let x = function.range.lowerBound + (number + 1) / 2 * span
            return index % 2 == 0 || function.range.lowerBound <= 0
                ? x
                : exp2(
                    log2(function.range.lowerBound) + (number + 1) / 2
                        * (log2(function.range.upperBound) - log2(function.range.lowerBound)))
        }
        let output = Self.apply(function.opcode, input, level)
        var worst = 0.0
        for (x, y) in zip(input, output) {
            let exact = function.exact(Double(x))
            worst = max(worst, abs(Double(y) - exact) / Double(max(Float(exact).magnitude, .leastNormalMagnitude).ulp))
        }
        // Without fused multiply-add each step rounds twice.
        let allowed = level == .baseline ? function.ulps * 1.5 + (function.ulps > 1 ? 1 : 0) : function.ulps
        #expect(worst <= allowed, "worst error \(worst) ulp")
    }

    @Test(arguments: CPULevel.supported)
    func infinitiesAndNaNsPass(_ level: CPULevel) {
        let tiny = Float(bitPattern: 714)  // subnormal
        let special: [Float] = [.infinity, -.infinity, .nan, 0, -0.0, tiny, 200, -200]
        func check(_ opcode: hr_opcode, _ expected: [Float]) {
            let got = Self.apply(opcode, special, level)
            for (index, value) in expected.enumerated() {
                #expect(
                    got[index] == value || (got[index].isNaN && value.isNaN),
                    "op \(opcode.rawValue) of \(special[index]): \(got[index]), expected \(value)")
            }
        }
        check(HR_EXP, [.infinity, 0, .nan, 1, 1, 1, .infinity, 0])
        check(HR_LOG, [.infinity, .nan, .nan, -.infinity, -.infinity, logf(tiny), logf(200), .nan])
        check(HR_SQRT, [.infinity, .nan, .nan, 0, 0, tiny.squareRoot(), (200 as Float).squareRoot(), .nan])
        check(HR_RECIPROCAL, [0, 0, .nan, .infinity, -.infinity, .infinity, 0.005, -0.005])
        check(HR_TANH, [1, -1, .nan, 0, 0, tiny, 1, -1])
        check(HR_SIGMOID, [1, 0, .nan, 0.5, 0.5, 0.5, 1, 0])
        check(HR_SOFTPLUS, [.infinity, 0, .nan, logf(2), logf(2), logf(2), 200, 0])
        check(HR_ABS, [.infinity, .infinity, .nan, 0, 0, tiny, 200, 200])
        check(HR_SIGN, [1, -1, .nan, 0, 0, 1, 1, -1])
        check(HR_RELU, [.infinity, 0, .nan, 0, 0, tiny, 200, 0])
        check(HR_NEGATE, [-.infinity, .infinity, .nan, 0, 0, -tiny, -200, 200])
        check(HR_FLOOR, [.infinity, -.infinity, .nan, 0, 0, 0, 200, -200])
        check(HR_IS_FINITE, [0, 0, 0, 1, 1, 1, 1, 1])
    }

    @Test(arguments: CPULevel.supported)
    func valuesDoNotDependOnTheirPlace(_ level: CPULevel) {
        var numbers = TestNumbers(seed: 2)
        let input = numbers.array(600).map { $0 * 5 }
        for function in Self.functions {
            let whole = Self.apply(function.opcode, input, level)
            for (begin, count) in [(0, 1), (0, 3), (5, 31), (100, 33), (300, 257), (87, 513)] {
                let part = Self.apply(function.opcode, Array(input[begin..<begin + count]), level)
                #expect(part.map(\.bitPattern) == whole[begin..<begin + count].map(\.bitPattern))
            }
        }
    }

    /// Shapes of the domain and strides of three operands (two inputs, one output) in elements.
    static let layouts: [(sizes: [Int], a: [Int], b: [Int], out: [Int])] = [
        ([1], [1], [0], [1]),
        ([257], [1], [1], [1]), ([1031], [1], [0], [1]), ([33], [2], [1], [3]),
        ([5, 64], [64, 1], [0, 1], [64, 1]), ([5, 64], [70, 1], [1, 0], [80, 1]),
        ([7, 64], [1, 7], [0, 1], [64, 1]),
        ([31, 3], [3, 1], [1, 0], [3, 1]), ([31, 3], [5, 1], [0, 1], [4, 1]), ([3, 31], [31, 1], [0, 1], [31, 1]),
        ([9, 528], [528, 1], [0, 1], [528, 1]), ([3, 1025], [1030, 1], [1025, 1], [1026, 1]),
        ([2, 3, 48], [144, 48, 1], [48, 0, 1], [160, 50, 1]),
        ([4, 3, 2, 17], [102, 34, 17, 1], [1, 4, 12, 24], [102, 34, 17, 1]),
        ([300, 1], [1, 0], [2, 5], [1, 0]), ([100, 513], [513, 1], [1026, 2], [1026, 2]),
    ]

    @Test(arguments: CPULevel.supported)
    func viewsAndBlocks(_ level: CPULevel) {
        for layout in Self.layouts {
            for blocks in [(rows: 1 << 30, columns: 1 << 30), (rows: 3, columns: 64), (rows: 1, columns: 16)] {
                check(level, layout, blocks)
            }
        }
    }

    /// `out = select(a < b, a · 2, a + b)` over any views, in any blocks, with guards.
    private func check(
        _ level: CPULevel, _ layout: (sizes: [Int], a: [Int], b: [Int], out: [Int]), _ blocks: (rows: Int, columns: Int)
    ) {
        func reach(_ strides: [Int]) -> Int { zip(layout.sizes, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 } }
        var numbers = TestNumbers(seed: 3)
        let a = GuardedFloats(numbers.array(reach(layout.a)), offset: 1)
        let b = GuardedFloats(numbers.array(reach(layout.b)), offset: 3)
        let out = GuardedFloats(count: reach(layout.out), offset: 5)
        let columns = layout.sizes[layout.sizes.count - 1]
        let rows = layout.sizes.dropLast().reduce(1, *)
        let inputs = [
            hr_view(base: a.base, strides: LaunchBuilder.axes(layout.a)),
            hr_view(base: b.base, strides: LaunchBuilder.axes(layout.b)),
        ]
        let outputs = [hr_output(view: hr_view(base: out.base, strides: LaunchBuilder.axes(layout.out)), slot: 3)]
        let code = [
            hr_instruction(opcode: UInt8(HR_LESS.rawValue), result: 3, a: 0, b: 1, c: 0),
            hr_instruction(opcode: UInt8(HR_MULTIPLY.rawValue), result: 4, a: 0, b: 2, c: 0),
            hr_instruction(opcode: UInt8(HR_ADD.rawValue), result: 5, a: 0, b: 1, c: 0),
            hr_instruction(opcode: UInt8(HR_SELECT.rawValue), result: 3, a: 3, b: 4, c: 5),
        ]
        let memory = ArgumentMemory()
        var program = hr_elementwise()
        program.rank = Int32(layout.sizes.count)
        program.sizes = LaunchBuilder.axes(layout.sizes)
        (program.rows, program.columns) = (rows, columns)
        (program.block_rows, program.block_columns) = (min(rows, blocks.rows), min(columns, blocks.columns))
        (program.inputs, program.constants, program.temporaries, program.outputs, program.instructions) = (
            2, 1, 3, 1, 4
        )
        program.input = UnsafePointer(memory.keep(inputs))
        program.constant = UnsafePointer(memory.keep([2 as Float]))
        program.output = UnsafePointer(memory.keep(outputs))
        program.instruction = UnsafePointer(memory.keep(code))
        let units =
            ((rows + program.block_rows - 1) / program.block_rows)
            * ((columns + program.block_columns - 1) / program.block_columns)
        level.kernels.elementwise(memory.keep(program), 0, units)

        var expected = [UInt32: Int]()
        var wrong = 0
        for element in 0..<rows * columns {
            var (rest, at) = (element, (a: 0, b: 0, out: 0))
            for axis in layout.sizes.indices.reversed() {
                let index = rest % layout.sizes[axis]
                rest /= layout.sizes[axis]
                at = (at.a + index * layout.a[axis], at.b + index * layout.b[axis], at.out + index * layout.out[axis])
            }
            let (x, y) = (a.base[at.a], b.base[at.b])
            if out.base[at.out] != (x < y ? x * 2 : x + y) { wrong += 1 }
            expected[UInt32(at.out), default: 0] += 1
        }
        #expect(wrong == 0, "\(layout), blocks \(blocks)")
        // Between the view's elements nothing is written.
        #expect((0..<out.count).allSatisfy { expected[UInt32($0)] != nil || out.base[$0].isNaN }, "\(layout)")
        #expect(a.isIntact && b.isIntact && out.isIntact, "\(layout), blocks \(blocks)")
    }

    /// One instruction over a contiguous array.
    static func apply(_ opcode: hr_opcode, _ input: [Float], _ level: CPULevel) -> [Float] {
        let x = GuardedFloats(input, offset: 3)
        let y = GuardedFloats(count: input.count, offset: 7)
        let memory = ArgumentMemory()
        var program = hr_elementwise()
        program.rank = 1
        program.sizes = LaunchBuilder.axes([input.count])
        (program.rows, program.columns, program.block_rows, program.block_columns) = (1, input.count, 1, input.count)
        (program.inputs, program.temporaries, program.outputs, program.instructions) = (1, 1, 1, 1)
        program.input = UnsafePointer(memory.keep([hr_view(base: x.base, strides: LaunchBuilder.axes([1]))]))
        program.output = UnsafePointer(
            memory.keep([hr_output(view: hr_view(base: y.base, strides: LaunchBuilder.axes([1])), slot: 1)]))
        program.instruction = UnsafePointer(
            memory.keep([hr_instruction(opcode: UInt8(opcode.rawValue), result: 1, a: 0, b: 0, c: 0)]))
        level.kernels.elementwise(memory.keep(program), 0, 1)
        #expect(x.isIntact && y.isIntact)
        return y.values
    }
}
