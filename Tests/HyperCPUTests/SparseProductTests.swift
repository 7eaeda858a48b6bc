import CSIMD
import Testing

@testable import HyperCPU

/// Products whose left operand has zeros: skipping them has to give the bits of multiplying by them, but for infinities and the sign of a
/// zero that underflowed.
@Suite struct SparseProductTests {
    /// Sizes, and whether the operands are stored transposed. Rows up to 256 can be skipped in.
    static let shapes = [
        (100, 256, 256), (100, 64, 70), (9, 16, 64), (256, 336, 100), (17, 272, 129), (33, 512, 65), (200, 1024, 96),
    ]

    @Test(arguments: CPULevel.supported, [0.0, 0.04, 0.5])
    func skippingChangesNoBit(_ level: CPULevel, _ density: Double) {
        for (m, n, k) in Self.shapes {
            for layout in 0..<4 {
                let operands = Operands(m, n, k, left: layout & 1 != 0, right: layout & 2 != 0, density: density)
                let whole = operands.run(level, columns: 64, slice: 0)
                for (columns, slice) in [(256, 8192), (128, 5461), (64, 1), (1024, 1 << 20)] {
                    let skipped = operands.run(level, columns: columns, slice: slice)
                    let isSame = skipped == whole
                    #expect(isSame, "\(m)x\(k)x\(n), layout \(layout), columns \(columns), slice \(slice)")
                }
            }
        }
    }

    /// Where zeros are skipped, a zero times an infinity adds nothing: which also tells that they are.
    @Test(arguments: CPULevel.supported.filter { $0 != .baseline }, [false, true])
    func zerosAreSkippedWhereThereAreMany(_ level: CPULevel, _ leftTransposed: Bool) {
        for (density, isSkipped) in [(0.5, true), (0.9, false)] {
            var operands = Operands(100, 256, 128, left: leftTransposed, right: false, density: density)
            operands.b[0] = .infinity
            let a = operands.a
            let results = operands.run(level, columns: 256, slice: 8192).map(Float.init(bitPattern:))
            for i in 0..<100 where a[leftTransposed ? i : i * 128] == 0 {
                #expect(results[i * 256].isNaN != isSkipped, "density \(density), row \(i)")
            }
        }
    }

    /// A product that underflows to −0 and is followed by zeros alone: adding their +0 makes it +0.
    @Test(arguments: CPULevel.supported.filter { $0 != .baseline })
    func onlyTheSignOfAZeroThatUnderflowedDiffers(_ level: CPULevel) {
        var operands = Operands(100, 256, 128, left: false, right: false, density: 0.3)
        operands.b = operands.b.map { abs($0) }
        for k in 0..<128 { operands.a[5 * 128 + k] = k == 0 ? -1e-30 : 0 }
        for j in 0..<256 { operands.b[j] = 1e-30 }
        let whole = operands.run(level, columns: 256, slice: 0)
        let skipped = operands.run(level, columns: 256, slice: 8192)
        #expect(whole.map(Float.init(bitPattern:)) == skipped.map(Float.init(bitPattern:)))
        for i in 0..<100 {
            let signs = Set((0..<256).map { whole[i * 256 + $0] ^ skipped[i * 256 + $0] })
            #expect(signs == (i == 5 ? [0x8000_0000] : [0]), "row \(i)")
        }
    }

    /// A NaN on the left is not a zero.
    @Test(arguments: CPULevel.supported)
    func notANumberIsNotSkipped(_ level: CPULevel) {
        var operands = Operands(100, 256, 128, left: false, right: false, density: 0.1)
        operands.a[3 * 128 + 77] = .nan
        let results = operands.run(level, columns: 256, slice: 8192).map(Float.init(bitPattern:))
        for i in 0..<100 { #expect(results[i * 256 + 5].isNaN == (i == 3)) }
    }

    /// Two operands whose left one has about `density` of its numbers not zero, some of them negative zeros.
    struct Operands {
        let m, n, k: Int
        let left, right: Bool
        var a, b: [Float]

        init(_ m: Int, _ n: Int, _ k: Int, left: Bool, right: Bool, density: Double) {
            (self.m, self.n, self.k, self.left, self.right) = (m, n, k, left, right)
            var numbers = TestNumbers(seed: 11)
            let chances = numbers.array(m * k)
            a = zip(numbers.array(m * k), chances).map { value, chance in
                // Test numbers are spread evenly over -1 ..< 1.
                Double(chance + 1) / 2 < density ? value : value < 0 ? -0.0 : 0
            }
            b = numbers.array(k * n)
        }

        /// The bits of the product.
        func run(_ level: CPULevel, columns: Int, slice: Int) -> [UInt32] {
            let a = GuardedFloats(self.a, offset: 1)
            let b = GuardedFloats(self.b, offset: 16)
            let c = GuardedFloats(count: m * n, offset: 3)
            let memory = ArgumentMemory()
            var p = hr_matmul()
            (p.matrices, p.m, p.n, p.k, p.c_row) = (1, m, n, k, n)
            (p.block_rows, p.block_columns, p.slice_floats) = (m, columns, slice)
            (p.a_row, p.a_column) = left ? (1, m) : (k, 1)
            (p.b_row, p.b_column) = right ? (1, k) : (n, 1)
            p.a = UnsafePointer(memory.keep([UnsafePointer<Float>?(a.base)]))
            p.b = UnsafePointer(memory.keep([UnsafePointer<Float>?(b.base)]))
            p.c = UnsafePointer(memory.keep([UnsafeMutablePointer<Float>?(c.base)]))
            let arguments = memory.keep(p)
            level.kernels.matmul(arguments, 0, hr_matmul_units(arguments))
            #expect(a.isIntact && b.isIntact && c.isIntact)
            return c.bits
        }
    }
}
