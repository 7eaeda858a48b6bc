/// Drops ReLU launches whose value only matrix products read: the products apply ReLU to what they load.
///
/// In a pre-activation residual block this removes a launch and a pass over memory before each first product, forward, and before
/// its weights' gradient, backward.
enum ActivationFolding {
    static func apply(to parts: [LaunchPart], values: [Value], outputs: [ValueID]) -> [LaunchPart] {
        var writers = [Int](repeating: 0, count: values.count)
        var otherReaders = Set(outputs)
        for part in parts {
            if let output = part.launch.writes { writers[output.value] += 1 }
            guard case .matmul(let matmul) = part.launch else {
                for operand in part.launch.reads { otherReaders.insert(operand.value) }
                continue
            }
            for operand in matmul.epilogueInputs { otherReaders.insert(operand.value) }
        }
        // By the rectified value, the operand that it is made from.
        var sources: [ValueID: Operand] = [:]
        for part in parts {
            guard let (source, output) = part.launch.rectification, !otherReaders.contains(output.value),
                writers[output.value] == 1, source.view.isContiguous, output.view.isContiguous, output.view.offset == 0,
                isStable(values[source.value].storage), case .scratch = values[output.value].storage
            else { continue }
            sources[output.value] = source
        }
        return parts.compactMap { part in
            if let (_, output) = part.launch.rectification, sources[output.value] != nil { return nil }
            guard case .matmul(var matmul) = part.launch else { return part }
            var part = part
            if let source = sources[matmul.left.value] {
                matmul.left = reading(matmul.left, from: source)
                part.rectifiesLeft = true
            }
            if let source = sources[matmul.right.value] {
                matmul.right = reading(matmul.right, from: source)
                part.rectifiesRight = true
            }
            part.launch = .matmul(matmul)
            return part
        }
    }

    /// A variable may change between the ReLU and the product; everything else stays as it is.
    private static func isStable(_ storage: Storage) -> Bool {
        if case .variable = storage { return false }
        return true
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
