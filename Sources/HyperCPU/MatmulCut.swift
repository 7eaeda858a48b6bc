import CSIMD

/// How a product is cut into units: blocks of rows and columns of each matrix of the result.
///
/// Wide blocks are best for skipping zeros and pack the right operand least often; narrow ones keep more threads busy. An element's
/// bits depend on neither, as every element is one chain of multiply-adds, so the cut may follow the number of threads. (Blocks are asked one
/// by one whether zeros are skipped, which decides what 0 · ∞ gives and the sign of a zero that underflowed: see sparse_gemm.h.)
struct MatmulCut {
    let rows: Int
    let columns: Int

    /// The widest cut that shares the work out evenly, or else the finest.
    ///
    /// - Parameters:
    ///   - product: Its sizes and strides.
    ///   - threads: Threads that share the work.
    init(_ product: hr_matmul, threads: Int) {
        let most =
            product.step != nil ? Self.mostSteppedRows : product.k > Self.deep ? Self.mostRows : Self.mostShallowRows
        let rows = min(product.m, most)
        let half = (rows + 1) / 2
        let narrow = Int(HR_MATMUL_COLUMNS)
        var choices = [(rows, 4 * narrow), (rows, 2 * narrow), (rows, narrow), (half, narrow)]
        // What need not be packed costs nothing to read twice.
        if product.b_column == 1, product.n == 4 * narrow { choices.insert((half, 4 * narrow), at: 1) }
        func units(_ choice: (rows: Int, columns: Int)) -> Int {
            var cut = product
            (cut.block_rows, cut.block_columns) = choice
            return hr_matmul_units(&cut)
        }
        (self.rows, self.columns) =
            choices.first { units($0) % threads == 0 || units($0) >= Self.unitsOfAThread * threads }
            ?? choices[choices.count - 1]
    }

    /// Rows of a block: a whole batch, or as many of a weight's gradient, which is a short sum, as stay in the second-level cache. Where the
    /// sum is long, more rows share what packing the right operand costs.
    private static let mostRows = 1536
    private static let mostShallowRows = 256
    private static let deep = 512
    /// Rows of a block of gradients, which shares that cache with parameters and moments.
    private static let mostSteppedRows = 128
    /// Units for each thread from which on it matters little that they cannot be shared out evenly.
    private static let unitsOfAThread = 8
}
