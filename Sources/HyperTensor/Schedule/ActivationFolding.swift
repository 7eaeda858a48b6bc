/// Drops ReLU launches whose value products and elementwise kernels read: they apply ReLU to what they load.
///
/// In a pre-activation residual block this removes a launch and a pass over memory before each first product, forward; backward, the
/// weights' gradient and the mask read the value before the ReLU. Only where a product reads the value: for elementwise readers alone
/// fusion has done it already.
enum ActivationFolding {
    static func apply(to parts: [LaunchPart], values: [Value], outputs: [ValueID]) -> [LaunchPart] {
        var writers = [Int](repeating: 0, count: values.count)
        var otherReaders = Set(outputs)
        var factors: Set<ValueID> = []
        var changedArenas: Set<String> = []
        for part in parts {
            if let output = part.launch.writes {
                writers[output.value] += 1
                if case .variable(let variable) = values[output.value].storage { changedArenas.insert(variable.arena) }
            }
            switch part.launch {
            case .matmul(let matmul): factors.formUnion([matmul.left.value, matmul.right.value])
            case .elementwise(let kernel, _, _) where kernel.canGrow: break
            case .elementwise, .reduce, .gather, .scatterAdd, .assignRows, .random, .adam, .softUpdate:
                for operand in part.launch.reads { otherReaders.insert(operand.value) }
            }
            if case .adam(let update, _, _) = part.launch {
                changedArenas.formUnion((update.parameters + update.firstMoments + update.secondMoments).map(\.arena))
            }
            if case .softUpdate(let update) = part.launch { changedArenas.formUnion(update.targets.map(\.arena)) }
            if case .matmul(let matmul) = part.launch, let epilogue = matmul.epilogue, !epilogue.canGrow {
                for operand in matmul.epilogueInputs { otherReaders.insert(operand.value) }
            }
        }
        /// A variable may change between the ReLU and the product if its arena is written; everything else stays as it is.
        func isStable(_ storage: Storage) -> Bool {
            if case .variable(let variable) = storage { return !changedArenas.contains(variable.arena) }
            return true
        }
        // By the rectified value, the operand that it is made from.
        var sources: [ValueID: Operand] = [:]
        for part in parts {
            guard let (source, output) = part.launch.rectification, !otherReaders.contains(output.value),
                factors.contains(output.value),
                writers[output.value] == 1, source.view.isContiguous, output.view.isContiguous, output.view.offset == 0,
                isStable(values[source.value].storage), sources[source.value] == nil,
                case .scratch = values[output.value].storage
            else { continue }
            sources[output.value] = source
        }
        return parts.compactMap { part in
            if let (_, output) = part.launch.rectification, sources[output.value] != nil { return nil }
            var part = part
            switch part.launch {
            case .matmul(var matmul):
                if let source = sources[matmul.left.value] {
                    matmul.left = reading(matmul.left, from: source)
                    part.rectifiesLeft = true
                }
                if let source = sources[matmul.right.value] {
                    matmul.right = reading(matmul.right, from: source)
                    part.rectifiesRight = true
                }
                if var epilogue = matmul.epilogue {
                    // Register 0 of an epilogue is the product.
                    fold(&epilogue, &matmul.epilogueInputs, firstRegister: 1, sources)
                    matmul.epilogue = epilogue
                }
                part.launch = .matmul(matmul)
            case .elementwise(var kernel, var inputs, let output):
                fold(&kernel, &inputs, firstRegister: 0, sources)
                part.launch = .elementwise(kernel, inputs: inputs, output: output)
            case .reduce, .gather, .scatterAdd, .assignRows, .random, .adam, .softUpdate: break
            }
            return part
        }
    }

    private static func fold(
        _ kernel: inout ElementwiseKernel, _ inputs: inout [Operand], firstRegister: Int, _ sources: [ValueID: Operand]
    ) {
        for index in inputs.indices {
            guard let source = sources[inputs[index].value] else { continue }
            inputs[index] = reading(inputs[index], from: source)
            kernel = kernel.rectifyingInput(firstRegister + index)
        }
    }

    private static func reading(_ operand: Operand, from source: Operand) -> Operand {
        var view = operand.view
        view.offset += source.view.offset
        return Operand(value: source.value, view: view)
    }
}

extension Launch {
    /// Operand and result, if the launch is nothing but ReLU.
    fileprivate var rectification: (source: Operand, output: Operand)? {
        guard case .elementwise(let kernel, let inputs, let output) = self, kernel.inputCount == 1, kernel.output == 1,
            kernel.instructions == [.unary(.relu, 0)]
        else { return nil }
        return (inputs[0], output)
    }
}

extension ElementwiseKernel {
    /// Whether there is room for ReLU on every input.
    fileprivate var canGrow: Bool { 2 * inputCount + instructions.count <= Self.maximumRegisters }

    /// The kernel with ReLU on an input before anything else.
    fileprivate func rectifyingInput(_ input: Int) -> ElementwiseKernel {
        func moved(_ register: Int) -> Int {
            if register == input { return inputCount }
            return register < inputCount ? register : register + 1
        }
        var result = self
        result.instructions = [.unary(.relu, input)] + instructions.map { $0.withRegisters(moved) }
        result.output = moved(output)
        return result
    }
}

extension ElementwiseKernel.Instruction {
    /// The same operation on other registers.
    func withRegisters(_ moved: (Int) -> Int) -> ElementwiseKernel.Instruction {
        switch self {
        case .constant: return self
        case .unary(let function, let operand): return .unary(function, moved(operand))
        case .binary(let function, let left, let right): return .binary(function, moved(left), moved(right))
        case .select(let mask, let whenTrue, let whenFalse):
            return .select(mask: moved(mask), whenTrue: moved(whenTrue), whenFalse: moved(whenFalse))
        }
    }
}
