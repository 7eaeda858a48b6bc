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
        // Ids of interest were all recorded before this call; the rules append behind them.
        let ancestors = ancestors(of: [output.id])
        // The nodes on a path from a target to the output.
        var depends = Set(targets.map(\.id))
        for id in ancestors where nodes[id].operands.contains(where: depends.contains) { depends.insert(id) }
        var cotangents: [NodeID: Tensor] = [:]
        if depends.contains(output.id) {
            cotangents[output.id] = upstream ?? constant(1, output.type, file: file, line: line)
        }
        for id in ancestors.reversed() where depends.contains(id) {
            guard let cotangent = cotangents[id] else { continue }
            let operands = nodes[id].operands
            let wanted = operands.map(depends.contains)
            guard wanted.contains(true) else { continue }
            let parts = GradientRules.pull(
                cotangent, through: nodes[id].op, value: Tensor(trace: self, id: id),
                operands: operands.map { Tensor(trace: self, id: $0) }, wanted: wanted)
            for (index, operand) in operands.enumerated() where wanted[index] {
                guard let part = parts[index] else { continue }
                cotangents[operand] = cotangents[operand].map { $0 + part } ?? part
            }
        }
        return targets.map { cotangents[$0.id] ?? constant(0, $0.type, file: file, line: line) }
    }
}
