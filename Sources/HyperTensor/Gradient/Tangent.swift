extension Trace {
    /// Products of outputs' Jacobians with a vector, by forward accumulation: how outputs change to first order as inputs move.
    ///
    /// For outputs y = f(x₁ … xₙ) and tangents ẋᵢ, `ẏ = Σᵢ (∂y/∂xᵢ) ẋᵢ`: the transpose of what `gradients` computes, by the same
    /// conventions at ties and kinks. The rules are built from public ops, so products can be differentiated again, in either mode and
    /// to any order. Tangents do not cross effects: a `read` is a leaf. Nothing is traced for values that do not move, or that no output
    /// depends on.
    ///
    /// The product of a Hessian with a vector v is the tangent of a gradient:
    /// `jacobianVectorProducts(of: gradients(of: loss, withRespectTo: x), withRespectTo: x, tangents: v)`.
    ///
    /// A trace that gets fewer or more tangents than inputs, a tangent of another type than its input's, an input or output of
    /// integers, or a tensor of another trace is a mistake that `Program.trace` throws.
    ///
    /// - Parameters:
    ///   - outputs: float32 or float64 tensors of this trace.
    ///   - inputs: float32 or float64 tensors of this trace. One that depends on another moves by its own tangent and by what it gets from there.
    ///   - tangents: One for each input, of its type.
    /// - Returns: One tensor for each output, of its type; zeros for those that depend on no input.
    public func jacobianVectorProducts(
        of outputs: [Tensor], withRespectTo inputs: [Tensor], tangents: [Tensor],
        file: String = #fileID, line: UInt = #line
    ) -> [Tensor] {
        let location = SourceLocation(file: file, line: line)
        if let mistake = tangentMistake(outputs, inputs, tangents) {
            fail("jacobianVectorProducts: \(mistake)", at: location)
            return outputs.map { constant(0, $0.type, file: file, line: line) }
        }
        let count = (outputs.map(\.id).max() ?? -1) + 1
        var needed = [Bool](repeating: false, count: count)
        for output in outputs { needed[output.id] = true }
        for id in stride(from: count - 1, through: 0, by: -1) where needed[id] {
            for operand in nodes[id].operands { needed[operand] = true }
        }
        let given = Dictionary(grouping: inputs.indices) { inputs[$0].id }
        // Absent for values that do not move. Ids of interest were all recorded before this call; the rules append behind them.
        var moved = [Tensor?](repeating: nil, count: count)
        for id in 0..<count where needed[id] {
            let operands = nodes[id].operands
            var parts = given[id, default: []].map { tangents[$0] }
            if operands.contains(where: { moved[$0] != nil }) {
                let pushed = TangentRules.push(
                    operands.map { moved[$0] }, through: nodes[id].op, value: Tensor(trace: self, id: id),
                    operands: operands.map { Tensor(trace: self, id: $0) })
                if let pushed { parts.append(pushed) }
            }
            moved[id] = parts.first.map { parts.dropFirst().reduce($0, +) }
        }
        return outputs.map { moved[$0.id] ?? constant(0, $0.type, file: file, line: line) }
    }

    /// Why tangents do not fit; nil if they do.
    private func tangentMistake(_ outputs: [Tensor], _ inputs: [Tensor], _ tangents: [Tensor]) -> String? {
        guard (outputs + inputs + tangents).allSatisfy({ $0.trace === self }) else {
            return "a tensor belongs to another program"
        }
        guard inputs.count == tangents.count else {
            return "\(inputs.count) inputs take as many tangents, not \(tangents.count)"
        }
        for (index, output) in outputs.enumerated() where !output.type.element.isDifferentiable {
            return "output \(index) is \(output.type), expected f32 or f64"
        }
        for (index, (input, tangent)) in zip(inputs, tangents).enumerated() {
            guard input.type.element.isDifferentiable else {
                return "input \(index) is \(input.type), expected f32 or f64"
            }
            guard tangent.type == input.type else {
                return "input \(index) is \(input.type), but its tangent \(tangent.type)"
            }
        }
        return nil
    }
}
