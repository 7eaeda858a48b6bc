import HyperTensor

extension ReferenceValue {
    /// Reduces `axes` to size 1, adding in row-major order.
    func reduced(_ reduction: Reduction, axes: [Int]) -> [Double] {
        let sizes = (0..<shape.rank).map { axes.contains($0) ? 1 : shape[$0] }
        let target = Shape(sizes)
        let combine: (Double, Double) -> Double
        let start: Double
        switch reduction {
        case .sum: (combine, start) = ({ $0 + $1 }, 0)
        case .maximum: (combine, start) = (Binary.largest, -.infinity)
        case .minimum: (combine, start) = (Binary.smallest, .infinity)
        }
        var result = [Double](repeating: start, count: target.count)
        let strides = (0..<shape.rank).map { axes.contains($0) ? 0 : target.strides[$0] }
        var source = 0
        ReferenceValue.visit(shape, base: 0, strides: strides) {
            result[$0] = combine(result[$0], values[source])
            source += 1
        }
        return result
    }

    /// Sums of products over the last axis, row by row.
    func dot(_ right: ReferenceValue) -> [Double] {
        let length = shape[shape.rank - 1]
        return stride(from: 0, to: values.count, by: length).map { row in
            (row..<row + length).reduce(0) { $0 + values[$1] * right.values[$1] }
        }
    }

    /// `[batch…, M, K] · [batch…, K, N]`; a transposed operand is stored with its last two axes exchanged.
    func matmul(_ right: ReferenceValue, _ transposeLeft: Bool, _ transposeRight: Bool) -> [Double] {
        let batch = shape.rank - 2
        let (m, k) = transposeLeft ? (shape[batch + 1], shape[batch]) : (shape[batch], shape[batch + 1])
        let n = transposeRight ? right.shape[batch] : right.shape[batch + 1]
        let (leftRow, leftColumn) = transposeLeft ? (1, m) : (k, 1)
        let (rightRow, rightColumn) = transposeRight ? (1, k) : (n, 1)
        let count = shape.prefix(batch).count
        var result = [Double](repeating: 0, count: count * m * n)
        values.withUnsafeBufferPointer { a in
            right.values.withUnsafeBufferPointer { b in
                result.withUnsafeMutableBufferPointer { c in
                    for product in 0..<count {
                        for row in 0..<m {
                            for inner in 0..<k {
                                let factor = a[product * m * k + row * leftRow + inner * leftColumn]
                                for column in 0..<n {
                                    c[(product * m + row) * n + column] +=
                                        factor * b[product * k * n + inner * rightRow + column * rightColumn]
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
