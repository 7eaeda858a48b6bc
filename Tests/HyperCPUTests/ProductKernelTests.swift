import CSIMD
import Testing

@testable import HyperCPU

@Suite struct ProductKernelTests {
    struct Product: Sendable {
        var m, n, k: Int
        var leftTransposed = false
        var rightTransposed = false
        var matrices = 1
        var blockRows = 1 << 30
        var blockColumns = Int(HR_MATMUL_COLUMNS)
    }

    static let sizes = [
        (1, 1, 1), (3, 31, 33), (31, 33, 3), (33, 257, 31), (257, 3, 257), (7, 64, 520), (13, 65, 1030), (6, 16, 100),
        (100, 100, 17), (1, 300, 40), (40, 1, 300),
    ]

    @Test(arguments: CPULevel.supported)
    func gemmAgreesWithDouble(_ level: CPULevel) {
        for (m, n, k) in Self.sizes {
            for left in [false, true] {
                for right in [false, true] {
                    check(
                        level, Product(m: m, n: n, k: k, leftTransposed: left, rightTransposed: right, matrices: 2),
                        small: false)
                }
            }
        }
    }

    @Test(arguments: CPULevel.supported)
    func smallProductsAgreeWithDouble(_ level: CPULevel) {
        for (m, n, k) in [
            (1, 256, 6), (6, 256, 1), (1, 6, 256), (1, 1, 256), (3, 31, 33), (1, 17, 31), (5, 64, 3), (2, 130, 1),
        ] {
            for left in [false, true] {
                for right in [false, true] {
                    check(
                        level,
                        Product(
                            m: m, n: n, k: k, leftTransposed: left, rightTransposed: right, matrices: 5, blockRows: 2),
                        small: true)
                }
            }
        }
    }

    @Test(arguments: CPULevel.supported)
    func cuttingRowsChangesNoBit(_ level: CPULevel) {
        let whole = run(level, Product(m: 100, n: 130, k: 600), small: false).bits
        for rows in [1, 5, 6, 7, 48] {
            #expect(run(level, Product(m: 100, n: 130, k: 600, blockRows: rows), small: false).bits == whole)
        }
        // The kernel for small products adds in the same order.
        #expect(run(level, Product(m: 100, n: 130, k: 600), small: true).bits == whole)
    }

    @Test func levelsWithFusedMultiplyAddAgree() {
        let levels = CPULevel.supported.filter { $0 != .baseline }
        let results = levels.map { run($0, Product(m: 50, n: 70, k: 90, rightTransposed: true), small: false).bits }
        #expect(results.allSatisfy { $0 == results.first })
    }

    private func check(_ level: CPULevel, _ product: Product, small: Bool) {
        let result = run(level, product, small: small)
        #expect(result.worstError <= 1, "\(product), small \(small): \(result.worstError) times the tolerance")
        #expect(result.isIntact, "\(product), small \(small)")
    }

    private func run(_ level: CPULevel, _ product: Product, small: Bool) -> (
        bits: [UInt32], worstError: Double, isIntact: Bool
    ) {
        let (m, n, k, count) = (product.m, product.n, product.k, product.matrices)
        var numbers = TestNumbers(seed: 4)
        let a = GuardedFloats(numbers.array(count * m * k), offset: 1)
        let b = GuardedFloats(numbers.array(count * k * n), offset: 2)
        let c = GuardedFloats(count: count * m * n, offset: 3)
        let memory = ArgumentMemory()
        var p = hr_matmul()
        (p.matrices, p.m, p.n, p.k, p.c_row) = (count, m, n, k, n)
        (p.block_rows, p.block_columns) = (min(m, product.blockRows), product.blockColumns)
        (p.a_row, p.a_column) = product.leftTransposed ? (1, m) : (k, 1)
        (p.b_row, p.b_column) = product.rightTransposed ? (1, k) : (n, 1)
        p.a = UnsafePointer(memory.keep((0..<count).map { UnsafePointer<Float>?(a.base + $0 * m * k) }))
        p.b = UnsafePointer(memory.keep((0..<count).map { UnsafePointer<Float>?(b.base + $0 * k * n) }))
        p.c = UnsafePointer(memory.keep((0..<count).map { UnsafeMutablePointer<Float>?(c.base + $0 * m * n) }))
        let arguments = memory.keep(p)
        if small {
            level.kernels.small_matmul(arguments, 0, hr_small_matmul_units(arguments))
        } else {
            level.kernels.matmul(arguments, 0, hr_matmul_units(arguments))
        }
        var worst = 0.0
        for matrix in 0..<count {
            for i in 0..<m {
                for j in 0..<n {
                    var (sum, size) = (0.0, 0.0)
                    for l in 0..<k {
                        let term =
                            Double(p.a[matrix]![i * p.a_row + l * p.a_column])
                            * Double(p.b[matrix]![l * p.b_row + j * p.b_column])
                        sum += term
                        size += abs(term)
                    }
                    // Every addition rounds a partial sum of at most `size`.
                    let error = abs(Double(c.base[(matrix * m + i) * n + j]) - sum) / (size * Double(k + 1) * 0x1p-24)
                    worst = error.isNaN ? .infinity : max(worst, error)
                }
            }
        }
        return (c.bits, worst, a.isIntact && b.isIntact && c.isIntact)
    }
}
