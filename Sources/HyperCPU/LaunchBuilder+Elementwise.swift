import CSIMD
import HyperTensor

extension LaunchBuilder {
    /// Elements of a unit: several chunks, so that a unit outweighs its overhead.
    private static let unitElements = 8192

    func elementwise(_ kernel: ElementwiseKernel, _ inputs: [Operand], _ output: Operand) throws -> hr_launch? {
        if output.view.count == 0 { return nil }
        if kernel.registers == .float64 { return try wideElementwise(kernel, inputs, output) }
        let views = output.view.collapsed(with: inputs.map(\.view))
        var program = try elementwiseProgram(
            kernel, inputs: zip(inputs, views.dropFirst()).map { (memory.bases[$0.value], $1) },
            output: (memory.bases[output.value], views[0]))
        let elements = Self.unitElements
        program.block_columns = min(program.columns, elements)
        program.block_rows = min(program.rows, max(1, elements / program.columns))
        let units = blocks(program.rows, of: program.block_rows) * blocks(program.columns, of: program.block_columns)
        return make(kernels.elementwise, program, units: units, work: output.view.count * (1 + kernel.cost))
    }

    /// The epilogue of a matmul: a program over `[batch · m, n]` whose first input is the product, in the output's memory.
    func epilogue(_ kernel: ElementwiseKernel, _ inputs: [Operand], _ output: Operand) throws -> hr_elementwise {
        let operands = [output] + inputs
        // Rows may merge with each other but not with columns: blocks of the product are cut along both.
        let rows = operands.map {
            View(offset: $0.view.offset, shape: $0.view.shape.dropLast(), strides: $0.view.strides.dropLast())
        }
        let merged = rows[0].collapsed(with: Array(rows.dropFirst()))
        let views = zip(operands, merged).map { operand, rows in
            View(
                offset: rows.offset, shape: rows.shape + operand.view.shape.suffix(1),
                strides: rows.strides + operand.view.strides.suffix(1))
        }
        let bound = zip(operands, views).map { (memory.bases[$0.value], $1) }
        var program = try elementwiseProgram(kernel, inputs: bound, output: bound[0])
        program.block_rows = program.rows
        program.block_columns = program.columns
        return program
    }

    /// The kernel's registers in slots.
    ///
    /// - Throws: `TensorError` if the kernels take fewer axes or registers.
    func slots(of kernel: ElementwiseKernel, sizes: [Int]) throws -> RegisterSlots {
        guard sizes.count <= Int(HR_MAX_RANK) else {
            throw TensorError(
                "elementwise: \(sizes.count) axes of \(sizes) cannot be merged; the CPU kernels take \(HR_MAX_RANK)")
        }
        let slots = RegisterSlots(kernel)
        guard slots.count <= Int(HR_MAX_SLOTS) else {
            throw TensorError(
                "elementwise: \(slots.count) registers are alive at once; the CPU kernels take \(HR_MAX_SLOTS)")
        }
        return slots
    }

    /// Gives registers slots: inputs, constants, then temporaries, whose slots are used again as soon as their value is dead, so that
    /// the program's registers stay in the first-level cache.
    private func elementwiseProgram(
        _ kernel: ElementwiseKernel, inputs: [(base: UnsafeMutablePointer<Float>, view: View)],
        output: (base: UnsafeMutablePointer<Float>, view: View)
    ) throws -> hr_elementwise {
        let sizes = output.view.shape.isEmpty ? [1] : output.view.shape
        let slots = try slots(of: kernel, sizes: sizes)
        func view(_ operand: (base: UnsafeMutablePointer<Float>, view: View)) -> hr_view {
            let strides = operand.view.shape.isEmpty ? [1] : operand.view.strides
            return hr_view(base: operand.base + operand.view.offset, strides: Self.axes(strides))
        }
        var program = hr_elementwise()
        program.rank = Int32(sizes.count)
        program.sizes = Self.axes(sizes)
        program.columns = sizes[sizes.count - 1]
        program.rows = sizes.dropLast().reduce(1, *)
        program.inputs = Int32(inputs.count)
        program.constants = Int32(slots.constants.count)
        program.temporaries = Int32(slots.temporaries)
        program.outputs = 1
        program.instructions = Int32(slots.instructions.count)
        program.input = UnsafePointer(arguments.keep(inputs.map(view)))
        program.constant = UnsafePointer(arguments.keep(slots.constants.map { Float($0) }))
        program.output = UnsafePointer(arguments.keep(hr_output(view: view(output), slot: Int32(slots.output))))
        program.instruction = UnsafePointer(arguments.keep(slots.instructions))
        return program
    }
}
