/// Drops ReLU launches whose value products and elementwise kernels read: they apply ReLU to what they load.
///
/// In a pre-activation residual block this removes a launch and a pass over memory before each first product, forward; backward, the
/// weights' gradient and the mask read the value before the ReLU. Only where a product reads the value: for elementwise readers alone
/// fusion has done it already.
enum Rectification {
    static func apply(to schedule: inout Schedule) {
        let sources = sources(in: schedule)
        if sources.isEmpty { return }
        schedule.launches = schedule.launches.compactMap { scheduled in
            if let (_, output) = scheduled.launch.rectification, sources[output.value] != nil { return nil }
            return ScheduledLaunch(rectifying(scheduled.launch, sources), phases: scheduled.phases)
        }
    }

    /// By rectified value that nobody needs in memory, the operand that it is made from.
    private static func sources(in schedule: Schedule) -> [ValueID: Operand] {
        let launches = schedule.launches.map(\.launch)
        let uses = ValueUses(launches, values: schedule.values)
        let outputs = Set(schedule.outputs)
        var sources: [ValueID: Operand] = [:]
        for launch in launches {
            guard let (source, output) = launch.rectification, source.view.isContiguous,
                output.isWhole(schedule.values), schedule.values[output.value].storage.isScratch,
                uses.writers[output.value].count == 1, !outputs.contains(output.value), sources[source.value] == nil
            else { continue }
            let readers = uses.readers[output.value].map { launches[$0].reading(output.value) }
            if readers.contains(.factor), !readers.contains(.other) { sources[output.value] = source }
        }
        return sources
    }

    private static func rectifying(_ launch: Launch, _ sources: [ValueID: Operand]) -> Launch {
        func reading(_ operand: Operand) -> Operand {
            guard let source = sources[operand.value] else { return operand }
            var view = operand.view
            view.offset += source.view.offset
            return Operand(value: source.value, view: view)
        }
        /// The kernel with ReLU on those inputs, which begin at a register, that are rectified values.
        func rectified(_ kernel: ElementwiseKernel, _ inputs: [Operand], from first: Int) -> ElementwiseKernel {
            inputs.indices.reduce(kernel) { kernel, index in
                sources[inputs[index].value] == nil ? kernel : kernel.rectifyingInput(first + index)
            }
        }
        switch launch {
        case .matmul(var matmul):
            if sources[matmul.left.value] != nil { matmul.rectifiesLeft = true }
            if sources[matmul.right.value] != nil { matmul.rectifiesRight = true }
            // Register 0 of an epilogue is the product.
            matmul.epilogue = matmul.epilogue.map { rectified($0, matmul.epilogueInputs, from: 1) }
            return Launch.matmul(matmul).mapped(reads: reading)
        case .elementwise(let kernel, let inputs, let output):
            return Launch.elementwise(rectified(kernel, inputs, from: 0), inputs: inputs, output: output)
                .mapped(reads: reading)
        case .reduce, .wideSum, .dot, .gather, .scatterAdd, .assignRows, .random, .adam, .softUpdate: return launch
        }
    }
}

/// How a launch reads a value.
private enum Reading {
    /// As a factor of a product, and in no way that cannot apply ReLU.
    case factor
    /// By a kernel that has room to apply ReLU.
    case kernel
    case other
}

extension Launch {
    /// Operand and result, if the launch is nothing but ReLU.
    fileprivate var rectification: (source: Operand, output: Operand)? {
        guard case .elementwise(let kernel, let inputs, let output) = self, kernel.inputCount == 1, kernel.output == 1,
            kernel.registers == .float32,
            kernel.instructions == [.unary(.relu, 0)]
        else { return nil }
        return (inputs[0], output)
    }

    fileprivate func reading(_ value: ValueID) -> Reading {
        switch self {
        case .matmul(let matmul):
            let isInEpilogue = matmul.epilogueInputs.contains { $0.value == value }
            if isInEpilogue, matmul.epilogue?.canRectifyInputs != true { return .other }
            return matmul.left.value == value || matmul.right.value == value ? .factor : .kernel
        case .elementwise(let kernel, _, _): return kernel.canRectifyInputs ? .kernel : .other
        case .reduce, .wideSum, .dot, .gather, .scatterAdd, .assignRows, .random, .adam, .softUpdate: return .other
        }
    }
}
