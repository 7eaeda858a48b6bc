import CSIMD
import HyperTensor

/// Binds the launches of a schedule to kernels and addresses.
///
/// How a launch is cut into units follows from the shape of one replica, never from the number of threads or replicas, unless an
/// element's bits do not depend on the cut (`MatmulCut`).
struct LaunchBuilder {
    let memory: ValueMemory
    let arguments: ArgumentMemory
    let kernels: hr_kernels
    /// Multiplies large matrices if it is not nil.
    let library: OpenBLAS?
    /// Threads that share a launch's units.
    let threads: Int

    /// Elements times instructions up to which a launch stays on the calling thread: less than what joining threads costs.
    static let inlineWork = 16 * 1024

    /// The bound launch, or nil if it has nothing to do.
    ///
    /// - Throws: `TensorError` if the launch is beyond what the kernels take.
    func launch(_ launch: Launch) throws -> hr_launch? {
        switch launch {
        case .elementwise(let kernel, let inputs, let output): return try elementwise(kernel, inputs, output)
        case .reduce(let reduction, let outer, let length, let inner, let input, let output):
            return reduce(reduction, outer, length, inner, input, output)
        case .wideSum(let outer, let length, let inner, let input, let output):
            return wideSum(outer, length, inner, input, output)
        case .dot(let shape, let left, let right, let output): return dot(shape, left, right, output)
        case .matmul(let launch): return try matmul(launch)
        case .gather(let shape, let table, let indices, let output):
            let units = shape.replicas * shape.rows
            return rows(kernels.gather, units, shape, table: table, rows: output, indices: indices)
        case .scatterAdd(let shape, let updates, let indices, let output):
            return rows(kernels.scatter_add, shape.replicas, shape, table: output, rows: updates, indices: indices)
        case .assignRows(let shape, let rows, let indices, let table):
            let table = Operand(value: table.after, view: View(offset: 0, shape: [], strides: []))
            return self.rows(kernels.assign_rows, shape.replicas, shape, table: table, rows: rows, indices: indices)
        case .random(let distribution, let stream, let seeds, let step, let bounds, let substreams, let output):
            return random(distribution, stream.rawValue, seeds, step, bounds, substreams, output)
        case .adam(let launch): return adam(launch)
        case .softUpdate(let launch): return softUpdate(launch)
        }
    }

    /// A launch over `units`; on the calling thread if `work`, in element-operations, is small.
    func make<T: BitwiseCopyable>(_ kernel: hr_kernel?, _ arguments: T, units: Int, work: Int) -> hr_launch? {
        units == 0
            ? nil
            : hr_launch(
                kernel: kernel, arguments: self.arguments.keep(arguments), units: units,
                runs_inline: units == 1 || work <= Self.inlineWork)
    }

    func blocks(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

    /// A Swift array in a C array of HR_MAX_RANK numbers; zeros after it.
    static func axes(_ values: [Int]) -> (Int, Int, Int, Int, Int, Int, Int, Int) {
        func at(_ index: Int) -> Int { index < values.count ? values[index] : 0 }
        return (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
    }

    private func reduce(
        _ reduction: Reduction, _ outer: Int, _ length: Int, _ inner: Int, _ input: Operand, _ output: Operand
    ) -> hr_launch? {
        var reduce = hr_reduce()
        switch reduction {
        case .sum: reduce.reduction = Int32(HR_REDUCE_SUM.rawValue)
        case .maximum: reduce.reduction = Int32(HR_REDUCE_MAXIMUM.rawValue)
        case .minimum: reduce.reduction = Int32(HR_REDUCE_MINIMUM.rawValue)
        }
        reduce.outer_rank = 1
        reduce.outer_sizes = Self.axes([outer])
        reduce.outer_strides = Self.axes([length * inner])
        reduce.outer = outer
        reduce.length = length
        reduce.inner = inner
        reduce.length_stride = inner
        reduce.inner_stride = 1
        reduce.input = UnsafePointer(memory.address(input))
        reduce.output = memory.address(output)
        return make(
            kernels.reduce, reduce, units: outer * blocks(inner, of: Int(HR_REDUCE_COLUMNS)),
            work: outer * length * inner)
    }

    private func rows(
        _ kernel: hr_kernel?, _ units: Int, _ shape: RowsShape, table: Operand, rows: Operand, indices: Operand
    ) -> hr_launch? {
        // Rows are copied as words, whatever their elements are.
        let width = shape.width * memory.elements[table.value].wordCount
        let arguments = hr_rows(
            replicas: shape.replicas, count: shape.rows, table_rows: shape.tableRows, width: width,
            indices: integers(indices), table: memory.address(table), table_replica: shape.tableRows * width,
            table_row: width, rows: memory.address(rows), rows_replica: shape.rows * width, rows_row: width)
        return make(kernel, arguments, units: units, work: shape.replicas * shape.rows * (width + 16))
    }

    private func random(
        _ distribution: Distribution, _ stream: UInt32, _ seeds: Operand, _ step: Operand, _ bounds: Operand?,
        _ substreams: Operand?, _ output: Operand
    ) -> hr_launch? {
        var random = hr_random()
        switch distribution {
        case .uniform: random.distribution = Int32(HR_UNIFORM.rawValue)
        case .normal: random.distribution = Int32(HR_NORMAL.rawValue)
        case .integers: random.distribution = Int32(HR_INTEGERS.rawValue)
        }
        random.stream = stream
        random.seed_count = seeds.view.count
        random.lanes = random.seed_count == 0 ? 0 : output.view.count / random.seed_count
        random.seeds = integers(seeds)
        random.step = integers(step)
        random.bounds = bounds.map(integers)
        random.substreams = substreams.map(integers)
        random.output = UnsafeMutableRawPointer(memory.address(output))
        let units = withUnsafePointer(to: &random) { hr_random_units($0) }
        return make(kernels.random, random, units: units, work: output.view.count * 8)
    }

    private func integers(_ operand: Operand) -> UnsafePointer<Int32> {
        UnsafeRawPointer(memory.address(operand)).assumingMemoryBound(to: Int32.self)
    }
}
