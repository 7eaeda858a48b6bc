import CSIMD
import HyperTensor

extension LaunchBuilder {
    /// A batched product, by the matmul kernel or, where an axis is 1 or all are small, by the small one.
    func matmul(_ launch: MatmulLaunch) throws -> hr_launch? {
        var launch = launch
        if launch.output.view.count == 0 { return nil }
        // A column is computed as a row of the transposed product: [1, k] · [k, m].
        if launch.n == 1, launch.m > 1 { launch = launch.transposed }

        var product = hr_matmul()
        product.matrices = launch.batch.reduce(1, *)
        (product.m, product.n, product.k) = (launch.m, launch.n, launch.k)
        (product.a_row, product.a_column) = Self.strides(launch.left.view)
        (product.b_row, product.b_column) = Self.strides(launch.right.view)
        product.c_row = launch.n
        product.a = UnsafePointer(arguments.keep(matrices(launch.left).map { UnsafePointer<Float>?($0) }))
        product.b = UnsafePointer(arguments.keep(matrices(launch.right).map { UnsafePointer<Float>?($0) }))
        product.c = UnsafePointer(arguments.keep(matrices(launch.output).map { UnsafeMutablePointer<Float>?($0) }))
        var cost = 0
        if let kernel = launch.epilogue {
            product.epilogue = UnsafePointer(arguments.keep(try epilogue(kernel, launch.epilogueInputs, launch.output)))
            cost = kernel.cost
        }
        if let step = launch.step { product.step = UnsafePointer(arguments.keep(stepInPlace(step, launch.output))) }
        let isSmall = Self.isSmall(product)
        if !isSmall, let library, let launch = libraryMatmul(product, library, epilogueCost: cost) { return launch }
        if isSmall {
            product.block_rows = min(product.m, max(1, Self.smallUnitWork / max(1, product.n * product.k)))
        } else {
            let cut = MatmulCut(product, threads: threads)
            (product.block_rows, product.block_columns) = (cut.rows, cut.columns)
            product.slice_floats = hr_slice_floats()
        }
        let units = withUnsafePointer(to: &product) { isSmall ? hr_small_matmul_units($0) : hr_matmul_units($0) }
        // A multiply-add is cheaper than an element-operation that goes through memory.
        let work = product.matrices * product.m * product.n * (cost + 1 + product.k / 8)
        return make(isSmall ? kernels.small_matmul : kernels.matmul, product, units: units, work: work)
    }

    /// Whether the kernel of a product can take the step of the parameter whose gradient it computes.
    static func takesStep(_ launch: MatmulLaunch, library: OpenBLAS?) -> Bool {
        var product = hr_matmul()
        (product.m, product.n, product.k) = (launch.m, launch.n, launch.k)
        (product.b_row, product.b_column) = strides(launch.right.view)
        (product.a_row, product.a_column) = strides(launch.left.view)
        return library == nil && (launch.n > 1 || launch.m == 1) && !isSmall(product)
    }

    private func stepInPlace(_ step: ParameterStep, _ parameters: Operand) -> hr_adam_in_place {
        func matrices(_ revision: Revision) -> UnsafePointer<UnsafeMutablePointer<Float>?> {
            let base = memory.bases[revision.after]
            return UnsafePointer(arguments.keep(Self.offsets(parameters.view).map { Optional(base + $0) }))
        }
        return hr_adam_in_place(
            rule: rule(step.rule, step.scale), first: matrices(step.parameter.firstMoment),
            second: matrices(step.parameter.secondMoment), target: step.target.map(matrices),
            target_rate: Float(step.targetRate))
    }

    /// The product through OpenBLAS; nil if an operand is stored in neither of the two ways that BLAS knows.
    private func libraryMatmul(_ product: hr_matmul, _ library: OpenBLAS, epilogueCost: Int) -> hr_launch? {
        func isStored(_ row: Int, _ column: Int, _ rows: Int, _ columns: Int) -> Bool {
            (column == 1 && row >= columns) || (row == 1 && column >= rows)
        }
        guard isStored(product.a_row, product.a_column, product.m, product.k),
            isStored(product.b_row, product.b_column, product.k, product.n)
        else { return nil }
        let isLarge = product.m * product.n * product.k >= Self.largeProduct
        var call = hr_blas_matmul(
            product: product, sgemm: library.sgemm,
            block_columns: isLarge ? min(product.n, Self.libraryColumns) : product.n)
        let units = withUnsafePointer(to: &call) { hr_blas_matmul_units($0) }
        let work = product.matrices * product.m * product.n * (epilogueCost + 1 + product.k / 8)
        return make(kernels.blas_matmul, call, units: units, work: work)
    }

    /// Multiply-adds from which on the columns of one product are shared out.
    private static let largeProduct = 4 << 20
    /// Columns of a large product's unit: each call packs the left operand again, which wide blocks make cheap.
    private static let libraryColumns = 256

    /// Multiply-adds of a small-product unit.
    private static let smallUnitWork = 32 * 1024
    /// Multiply-adds of one matrix above which packing panels, and cutting columns into units, pays.
    private static let smallProduct = 8 * 1024
    private static let rowVectorProduct = 32 * 1024

    private static func isSmall(_ p: hr_matmul) -> Bool {
        if p.k <= 1 { return true }
        if p.m == 1 { return p.b_column != 1 || p.n * p.k < rowVectorProduct }
        let isFast = p.b_column == 1 || (p.a_column == 1 && p.b_row == 1)
        return isFast && p.m * p.n * p.k <= smallProduct
    }

    /// Row and column stride. That of an axis of size 1 means nothing and may be anything; it becomes what a contiguous matrix would
    /// have, because BLAS takes the larger stride for a leading dimension and checks it.
    private static func strides(_ view: View) -> (Int, Int) {
        let rank = view.shape.count
        let (rows, columns) = (view.shape[rank - 2], view.shape[rank - 1])
        let (row, column) = (view.strides[rank - 2], view.strides[rank - 1])
        if rows == 1 { return column == 1 ? (columns, 1) : (1, column) }
        if columns == 1 { return row == 1 ? (1, rows) : (row, 1) }
        return (row, column)
    }

    /// The address of each matrix of a batch, row-major over the batch axes.
    private func matrices(_ operand: Operand) -> [UnsafeMutablePointer<Float>] {
        Self.offsets(operand.view).map { memory.bases[operand.value] + $0 }
    }

    /// Where each matrix of a view begins.
    private static func offsets(_ view: View) -> [Int] {
        var offsets = [view.offset]
        for axis in 0..<(view.shape.count - 2) {
            offsets = offsets.flatMap { offset in (0..<view.shape[axis]).map { offset + $0 * view.strides[axis] } }
        }
        return offsets
    }
}

extension MatmulLaunch {
    /// The same product with rows and columns exchanged: `Cᵀ = Bᵀ Aᵀ`. Only for an output with one column, which stays contiguous.
    fileprivate var transposed: MatmulLaunch {
        var result = self
        result.left = right.transposed
        result.right = left.transposed
        result.output = output.transposed
        result.epilogueInputs = epilogueInputs.map(\.transposed)
        return result
    }
}

extension Operand {
    /// The operand with its last two axes exchanged.
    fileprivate var transposed: Operand {
        let rank = view.shape.count
        return Operand(value: value, view: view.transposed(Array(0..<(rank - 2)) + [rank - 1, rank - 2]))
    }
}
