extension Tensor {
    /// Sum over `axes`, which become size 1.
    public func sum(axes: [Int], file: String = #fileID, line: UInt = #line) -> Tensor {
        reduce(.sum, axes, SourceLocation(file: file, line: line))
    }

    /// Mean over `axes`, which become size 1.
    public func mean(axes: [Int], file: String = #fileID, line: UInt = #line) -> Tensor {
        let total = reduce(.sum, axes, SourceLocation(file: file, line: line))
        let count = axes.filter(shape.dimensions.indices.contains).reduce(1) { $0 * shape[$1] }
        return total * (1 / Double(max(count, 1)))
    }

    public func maximum(axes: [Int], file: String = #fileID, line: UInt = #line) -> Tensor {
        reduce(.maximum, axes, SourceLocation(file: file, line: line))
    }

    public func minimum(axes: [Int], file: String = #fileID, line: UInt = #line) -> Tensor {
        reduce(.minimum, axes, SourceLocation(file: file, line: line))
    }

    private func reduce(_ reduction: Reduction, _ axes: [Int], _ location: SourceLocation) -> Tensor {
        record(.reduce(reduction, axes: axes.sorted()), at: location)
    }

    /// `Σᵢ aᵢ bᵢ` over the last axis of two float32 tensors `[R…, N]` → float64 `[R…]`.
    ///
    /// Every product of two float32 is exact in double; they are summed in double, in a fixed order that follows from N. The error is at
    /// most `N · 2⁻⁵³ · Σᵢ |aᵢ bᵢ|`; on an OpenCL device without doubles `2⁻³⁸ · Σᵢ |aᵢ bᵢ|` for N up to 2²⁴.
    public func dot(_ other: Tensor, file: String = #fileID, line: UInt = #line) -> Tensor {
        record(.dot, [other], at: SourceLocation(file: file, line: line))
    }

    /// `[batch…, M, K] · [batch…, K, N]` → `[batch…, M, N]`.
    ///
    /// - Parameters:
    ///   - transposeLeft: The left operand is stored `[batch…, K, M]`.
    ///   - transposeRight: The right operand is stored `[batch…, N, K]`.
    public func matmul(
        _ right: Tensor, transposeLeft: Bool = false, transposeRight: Bool = false,
        file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        record(
            .matmul(transposeLeft: transposeLeft, transposeRight: transposeRight), [right],
            at: SourceLocation(file: file, line: line))
    }

    /// Rows of this table `[R…, N, D]` at `indices` i32 `[R…, B]` → `[R…, B, D]`; indices are clamped to `0..<N`.
    public func gather(_ indices: Tensor, file: String = #fileID, line: UInt = #line) -> Tensor {
        record(.gather, [indices], at: SourceLocation(file: file, line: line))
    }

    /// These rows `[R…, B, D]` added into zeros `[R…, count, D]` at `indices`; equal indices add in row order.
    public func scatterAdd(
        _ indices: Tensor, count: Int, file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        let replicas = shape.rank - 2
        let result = replicas >= 0 ? shape.replacing(replicas, with: count) : nil
        return record(.scatterAdd, [indices], shape: result, at: SourceLocation(file: file, line: line))
    }
}
