extension Trace {
    /// Gradients of the sum of a tensor (or of its product with `upstream`) by reverse accumulation.
    ///
    /// The rules are built from public ops, so gradients can be differentiated again, to any order. Gradients do not
    /// cross effects: a `read` is a leaf.
    ///
    /// - Parameters:
    ///   - output: Any float32 or float64 tensor; different seeds' losses in it stay apart because nothing mixes them.
    ///   - targets: Tensors of this trace; zeros come back for those that `output` does not depend on.
    ///   - upstream: The cotangent of `output`, of the same shape; ones by default.
    /// - Returns: One tensor for each target, of its type.
    public func gradients(
        of output: Tensor, withRespectTo targets: [Tensor], upstream: Tensor? = nil,
        file: String = #fileID, line: UInt = #line
    ) -> [Tensor] {
        let count = output.id + 1
        // Which nodes lie on a path from a target to the output.
        var depends = [Bool](repeating: false, count: count)
        for target in targets where target.id < count { depends[target.id] = true }
        for id in 0..<count where !depends[id] {
            depends[id] = nodes[id].operands.contains { depends[$0] }
        }
        var cotangents = [Tensor?](repeating: nil, count: count)
        if depends[output.id] { cotangents[output.id] = upstream ?? constant(1, output.type, file: file, line: line) }
        // Ids of interest were all recorded before this call; the rules append behind them.
        for id in stride(from: output.id, through: 0, by: -1) {
            guard depends[id], let cotangent = cotangents[id] else { continue }
            let operands = nodes[id].operands
            guard operands.contains(where: { depends[$0] }) else { continue }
            let wanted = operands.map { depends[$0] }
            let value = Tensor(trace: self, id: id)
            let parts = GradientRules.pull(
                cotangent, through: nodes[id].op, value: value,
                operands: operands.map { Tensor(trace: self, id: $0) }, wanted: wanted)
            for (index, operand) in operands.enumerated() where wanted[index] {
                guard let part = parts[index] else { continue }
                cotangents[operand] = cotangents[operand].map { $0 + part } ?? part
            }
        }
        return targets.map { target in
            let cotangent = target.id < count ? cotangents[target.id] : nil
            return cotangent ?? constant(0, target.type, file: file, line: line)
        }
    }
}
