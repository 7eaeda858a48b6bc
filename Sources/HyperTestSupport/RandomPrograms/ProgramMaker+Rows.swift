import HyperRandom
import HyperTensor

/// Reductions, rows by index, and random numbers.
extension ProgramMaker {
    func reduced(_ x: Tensor) -> Tensor {
        var axes = (0..<x.shape.rank).filter { _ in choices.chance(1, of: 2) }
        if axes.isEmpty { axes = [choices.below(x.shape.rank)] }
        switch choices.pick(Reduction.allCases) {
        case .sum:
            let terms = axes.reduce(1) { $0 * x.shape[$1] }
            // Powers of two change no bit of a sum.
            var scale = 1.0
            while scale * Double(terms) > 2 { scale *= 0.5 }
            return x.sum(axes: axes) * scale
        case .maximum: return x.maximum(axes: axes)
        case .minimum: return x.minimum(axes: axes)
        }
    }

    /// Rows gathered from a value or a variable, or rows added at indices.
    func rows() -> Tensor {
        let tables = values { $0.shape.rank == 2 || ($0.shape.rank == 3 && $0.shape[0] == 2) }
        let variables = state.free.filter { $0.shape.rank == 2 || $0.shape[0] == 2 }
        let table =
            tables.isEmpty || choices.chance(1, of: 3) ? trace.read(choices.pick(variables)) : choices.pick(tables)
        let replicas = table.shape.prefix(table.shape.rank - 2)
        let indices = rowIndices(replicas, count: nil)
        let gathered = table.gather(indices)
        switch choices.below(3) {
        case 0: return gathered
        case 1: return gathered.tanh().scatterAdd(indices, count: 1 + choices.below(5)) * 0.5
        default:
            let count = indices.shape[indices.shape.rank - 1]
            let updates = fitted(to: replicas + [count, 1 + choices.below(4)])
            return updates.scatterAdd(indices, count: 1 + choices.below(5)) * 0.25
        }
    }

    /// Indices `[R…, count]`, some outside of their tables and some equal: known, given, held or drawn.
    ///
    /// - Parameter count: nil takes any.
    func rowIndices(_ replicas: Shape, count: Int?) -> Tensor {
        let wanted = count ?? 1 + choices.below(4)
        switch choices.below(4) {
        case 0 where replicas.rank == 0 && (count ?? 3) <= 3: return rowsInput.slice(axis: 0, 0..<(count ?? 3))
        case 1 where wanted <= 4 && replicas == [2]:
            return trace.read(state.indices).slice(axis: 1, 0..<wanted)
        case 2:
            let drawn = integers([replicas.rank == 0 ? 1 : replicas[0], wanted])
            return replicas.rank == 0 ? drawn.reshaped(to: [wanted]) : drawn
        default:
            let shape = replicas + [wanted]
            let numbers = (0..<shape.count).map { _ in Double(choices.below(8) - 1) }
            return trace.constant(numbers, TensorType(.int32, shape))
        }
    }

    // MARK: Random numbers

    func drawRandomNumbers() {
        let shape: Shape = choices.pick([[2, 4], [2, 3, 4], [2, 12], [1, 6], [1, 4, 6]])
        if choices.chance(1, of: 4) { return changeIntegers() }
        let numbers = trace.random(
            choices.pick([.uniform, .normal]), choices.pick(Stream.allCases), seeds: seeds(shape[0]), step: step(),
            shape: shape)
        keep(numbers)
        if choices.chance(1, of: 4) { output(integers([2, 3])) }
    }

    /// int32 numbers `[S, …]` below 5.
    func integers(_ shape: Shape) -> Tensor {
        trace.random(
            .integers, choices.pick(Stream.allCases), seeds: seeds(shape[0]), step: step(), shape: shape,
            bounds: trace.constant((0..<shape[0]).map { _ in Double(choices.below(6)) }, TensorType(.int32, [shape[0]]))
        )
    }

    /// Assigns to the integers of the state, which are seeds, steps and indices.
    private func changeIntegers() {
        switch choices.below(4) {
        case 0: trace.assign(state.clock, choices.chance(1, of: 2) ? stepInput : integers([1]))
        case 1: trace.assign(state.seeds, integers([2, 1]).reshaped(to: [2]))
        case 2: trace.assign(state.indices, integers([2, 4]))
        default:
            // Rows of integers exchange their places.
            let held = trace.read(state.indices)
            trace.assignRows(state.indices, held.slice(axis: 0, 0..<1), at: rowIndices([], count: 1))
            output(held)
        }
    }

    private func seeds(_ count: Int) -> Tensor {
        switch choices.below(3) {
        case 0: return trace.read(state.seeds).slice(axis: 0, 0..<count)
        case 1 where count <= 3: return rowsInput.slice(axis: 0, 0..<count)
        default:
            return trace.constant((0..<count).map { _ in Double(choices.below(100) - 50) }, TensorType(.int32, [count]))
        }
    }

    private func step() -> Tensor {
        switch choices.below(3) {
        case 0: return trace.read(state.clock)
        case 1: return stepInput
        default: return trace.constant([Double(choices.below(1000))], TensorType(.int32, [1]))
        }
    }
}
