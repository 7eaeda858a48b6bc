import CSIMD
import HyperTensor

/// Kernels that compute in double: elementwise programs over operands of any type, sums and dot products.
extension LaunchBuilder {
    /// Elements of a unit: several chunks.
    private static let wideUnitElements = 4096

    func wideElementwise(
        _ kernel: ElementwiseKernel, _ inputs: [Operand], _ output: Operand
    ) throws -> hr_launch? {
        let views = output.view.collapsed(with: inputs.map(\.view))
        let sizes = views[0].shape.isEmpty ? [1] : views[0].shape
        let slots = try slots(of: kernel, sizes: sizes)
        func view(_ operand: Operand, _ view: View) -> hr_wide_view {
            let element = memory.elements[operand.value]
            return hr_wide_view(
                base: memory.bases[operand.value] + view.offset * element.wordCount, element: element.code,
                strides: Self.axes(view.shape.isEmpty ? [1] : view.strides))
        }
        let count = output.view.count
        var program = hr_wide_elementwise()
        program.rank = Int32(sizes.count)
        program.sizes = Self.axes(sizes)
        (program.count, program.block) = (count, Self.wideUnitElements)
        program.inputs = Int32(inputs.count)
        program.constants = Int32(slots.constants.count)
        program.temporaries = Int32(slots.temporaries)
        program.instructions = Int32(slots.instructions.count)
        program.input = UnsafePointer(arguments.keep(zip(inputs, views.dropFirst()).map(view)))
        program.constant = UnsafePointer(arguments.keep(slots.constants))
        program.output = view(output, views[0])
        program.output_slot = Int32(slots.output)
        program.instruction = UnsafePointer(arguments.keep(slots.instructions))
        return make(
            kernels.wide_elementwise, program, units: blocks(count, of: Self.wideUnitElements),
            work: count * (1 + kernel.cost))
    }

    func wideSum(_ outer: Int, _ length: Int, _ inner: Int, _ input: Operand, _ output: Operand) -> hr_launch? {
        let sum = hr_wide_sum(
            outer: outer, length: length, inner: inner, input: UnsafePointer(memory.doubles(input)),
            output: memory.doubles(output))
        return make(kernels.wide_sum, sum, units: inner == 0 ? 0 : outer, work: outer * length * inner)
    }

    func dot(_ shape: DotShape, _ left: Operand, _ right: Operand, _ output: Operand) -> hr_launch? {
        let dot = hr_dot(
            rows: shape.rows, length: shape.length, piece: DotShape.pieceLength,
            left: UnsafePointer(memory.address(left)), right: UnsafePointer(memory.address(right)),
            output: memory.doubles(output))
        return make(kernels.dot, dot, units: shape.rows * shape.pieces, work: shape.rows * shape.length)
    }
}

extension ElementType {
    fileprivate var code: hr_element {
        switch self {
        case .float32: return HR_FLOAT32
        case .int32: return HR_INT32
        case .float64: return HR_FLOAT64
        }
    }
}
