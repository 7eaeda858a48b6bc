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

    /// A change, one time in three between two equal uses of equal views of what it changes: nothing that was copied or computed for the
    /// first one may serve the second.
    func watching(_ variables: [Variable], _ change: () -> Void) {
        guard choices.chance(1, of: 3) else { return change() }
        let variable = choices.pick(variables)
        let once = choices
        keep(used(seen(variable)))
        change()
        let later = choices
        choices = once
        keep(used(seen(variable)))
        choices = later
    }

    /// The value behind an op that reads memory: elementwise, in rows, as a whole or as a matrix.
    private func used(_ x: Tensor) -> Tensor {
        switch choices.below(5) {
        case 0: return x.shape.rank > 1 ? x.matmul(x, transposeRight: true) * 0.0625 : x.tanh()
        case 1: return x.shape.rank == 2 ? x.gather(rowIndices([], count: 2)) : reduced(x)
        case 2: return x.reshaped(to: [x.shape.count, 1]).tanh()
        case 3: return unary(x)
        default: return reduced(x)
        }
    }

    func readBehind(_ variables: [Variable]) {
        for _ in 0..<choices.below(2) + (choices.chance(1, of: 4) ? 1 : 0) { keep(seen(choices.pick(variables))) }
    }

    /// A view of this shape of one of the variables that have as many elements; nil if there is none.
    func part(of variables: [Variable], _ shape: Shape) -> Tensor? {
        let large = variables.filter { $0.shape.count >= shape.count }
        guard !large.isEmpty else { return nil }
        let variable = choices.pick(large)
        factors.append(variable)
        return view(of: variable, shape)
    }

    /// Elements of a variable that lie one after the other, seen in another shape.
    func view(of variable: Variable, _ shape: Shape) -> Tensor {
        let start = choices.below(variable.shape.count - shape.count + 1)
        return trace.read(variable).reshaped(to: [variable.shape.count]).slice(axis: 0, start..<start + shape.count)
            .reshaped(to: shape)
    }
}
