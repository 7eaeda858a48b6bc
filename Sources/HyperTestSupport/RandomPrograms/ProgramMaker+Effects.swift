import HyperTensor

/// Assignments and soft updates, between reads of what they change.
extension ProgramMaker {
    func assign() {
        let variable = choices.pick(state.free)
        let shape = variable.shape
        readBefore([variable])
        watching([variable]) { assign(variable, shape) }
        readBehind([variable])
    }

    private func assign(_ variable: Variable, _ shape: Shape) {
        let others = state.free.filter { $0 != variable && $0.shape == shape }
        switch choices.below(8) {
        case 0: trace.assign(variable, ownView(variable))
        case 1 where !others.isEmpty:
            let other = choices.pick(others)
            let (mine, its) = (trace.read(variable), trace.read(other))
            trace.assign(variable, its)
            // Two variables exchange what they hold.
            if choices.chance(1, of: 2) { trace.assign(other, mine) }
        case 2:
            trace.assign(variable, part(of: state.free, shape) ?? trace.read(variable))
        case 3: trace.assign(variable, trace.read(variable) * 0.5 + 0.25)
        case 4: trace.assign(variable, binary(fitted(to: shape)))
        case 5: trace.assign(variable, bounded(product(of: shape, depth: 1)))
        case 6: trace.assign(variable, trace.read(variable))
        default: trace.assign(variable, fitted(to: shape))
        }
    }

    /// The elements of a variable in another order, or some of them repeated.
    private func ownView(_ variable: Variable) -> Tensor {
        let (whole, shape) = (trace.read(variable), variable.shape)
        let axes = (0..<shape.rank).filter { shape[$0] > 1 }
        let axis = choices.pick(axes)
        switch choices.below(4) {
        case 0:
            let middle = 1 + choices.below(shape[axis] - 1)
            return Tensor.concatenate(
                [whole.slice(axis: axis, middle..<shape[axis]), whole.slice(axis: axis, 0..<middle)], axis: axis)
        case 1:
            let start = choices.below(shape[axis])
            return whole.slice(axis: axis, start..<start + 1).broadcast(to: shape)
        case 2: return transposed(whole).reshaped(to: shape)
        default:
            // What it holds already, by a detour.
            return Tensor.concatenate(
                [whole.slice(axis: axis, 0..<shape[axis] - 1), whole.slice(axis: axis, shape[axis] - 1..<shape[axis])],
                axis: axis)
        }
    }

    func assignRows() {
        let tables = state.free.filter { $0.shape.rank == 2 || ($0.shape.rank == 3 && $0.shape[0] == 2) }
        let table = choices.pick(tables)
        let rank = table.shape.rank
        let (replicas, tableRows, width) = (table.shape.prefix(rank - 2), table.shape[rank - 2], table.shape[rank - 1])
        readBefore([table])
        let count = 1 + choices.below(3)
        let indices = rowIndices(replicas, count: count)
        let shape = replicas + [count, width]
        let rows: Tensor
        switch choices.below(5) {
        case 0: rows = trace.read(table).gather(rowIndices(replicas, count: count))
        case 1 where count <= tableRows:
            rows = trace.read(table).slice(axis: rank - 2, 0..<count)
        case 2: rows = part(of: state.free, shape) ?? fitted(to: shape)
        case 3: rows = unary(fitted(to: shape))
        default: rows = fitted(to: shape)
        }
        watching([table]) { trace.assignRows(table, rows, at: indices) }
        readBehind([table])
    }

    /// Targets move towards parameters, towards other targets or back.
    func softUpdate() {
        let entry = choices.pick(state.optimised)
        let arenas = [entry.parameters] + entry.targets
        let target = choices.chance(1, of: 8) ? entry.parameters : choices.pick(entry.targets)
        let others = arenas.filter { $0 != target }
        move(target, towards: others.isEmpty ? entry.parameters : choices.pick(others))
    }

    func move(_ target: Arena, towards source: Arena) {
        if choices.chance(1, of: 2) { readBefore(target.variables) }
        if choices.chance(1, of: 4) { readBefore(source.variables) }
        let rate = choices.pick([0.25, 0.005, 1])
        watching(target.variables) { trace.softUpdate(target, from: source, rate: rate) }
        if choices.chance(1, of: 2) { readBehind(target.variables) }
    }
}
