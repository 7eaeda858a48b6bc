import HyperTensor

/// Reads, and the ways to see what was read without moving it.
extension ProgramMaker {
    /// A read of a variable, whole or through a view. One in four is a source of later gradients.
    func seen(_ variable: Variable) -> Tensor {
        let whole = trace.read(variable)
        if choices.chance(1, of: 4), variable.shape.count <= Self.mostElements { sources.append(whole) }
        switch choices.below(9) {
        case 0, 1: return whole
        case 2: return sliced(whole)
        case 3: return rejoined(whole)
        case 4: return repeated(whole)
        case 5: return transposed(whole)
        case 6: return reshaped(whole)
        case 7: return transposed(sliced(whole))
        default: return moved(sliced(whole))
        }
    }

    /// Values that are read before a change and used behind it. One in four is an output at once.
    func readBefore(_ variables: [Variable]) {
        for _ in 0..<choices.below(3) {
            let value = seen(choices.pick(variables))
            if choices.chance(1, of: 4) { output(value) }
            if value.type.element == .float32 { keep(value) }
        }
    }

    func readBehind(_ variables: [Variable]) {
        for _ in 0..<choices.below(2) + (choices.chance(1, of: 4) ? 1 : 0) { keep(seen(choices.pick(variables))) }
    }

    /// A view of this shape of some variable that has as many elements; nil if there is none.
    func part(ofSomeVariable shape: Shape) -> Tensor? {
        let large = state.free.filter { $0.shape.count >= shape.count && $0.shape.count <= Self.mostElements }
        guard !large.isEmpty else { return nil }
        return view(of: choices.pick(large), shape)
    }

    /// Elements of a variable that lie one after the other, seen in another shape.
    func view(of variable: Variable, _ shape: Shape) -> Tensor {
        let start = choices.below(variable.shape.count - shape.count + 1)
        return trace.read(variable).reshaped(to: [variable.shape.count]).slice(axis: 0, start..<start + shape.count)
            .reshaped(to: shape)
    }
}
