/// Split-K over work-groups: a product with few outputs and a long sum becomes several products over pieces of k, a sum of their results in
/// order, and the epilogue as an elementwise launch.
///
/// Few outputs keep few work-groups busy, however long the sum is. The pieces are more matrices of one batch, views of the same memory, so
/// no kernel has to know of this.
enum SplitProducts {
    /// - Parameter pieces: In how many pieces of equal depth a product is cut; it must divide k, and 1 leaves it whole.
    static func apply(to schedule: inout Schedule, pieces: (MatmulLaunch) -> Int) {
        var result: [ScheduledLaunch] = []
        for scheduled in schedule.launches {
            guard case .matmul(let matmul) = scheduled.launch, case let count = pieces(matmul), count > 1 else {
                result.append(scheduled)
                continue
            }
            precondition(matmul.k % count == 0, "SplitProducts: \(count) pieces do not divide k = \(matmul.k)")
            result += split(matmul, count, &schedule.values).map { ScheduledLaunch($0, phases: scheduled.phases) }
        }
        schedule.launches = result
    }

    private static func split(_ matmul: MatmulLaunch, _ count: Int, _ values: inout [Value]) -> [Launch] {
        func scratch(_ shape: [Int]) -> Operand {
            values.append(Value(type: TensorType(.float32, Shape(shape)), storage: .scratch(offset: 0)))
            return Operand(value: values.count - 1, view: View(contiguous: Shape(shape)))
        }
        let rank = matmul.output.view.shape.count
        let sizes = [matmul.m, matmul.n]
        let partial = scratch(matmul.batch + [count] + sizes)
        let total = matmul.epilogue == nil ? matmul.output : scratch(matmul.batch + sizes)

        var pieces = matmul
        pieces.left.view = matmul.left.view.splitting(axis: rank - 1, into: count, newAxis: rank - 2)
        pieces.right.view = matmul.right.view.splitting(axis: rank - 2, into: count, newAxis: rank - 2)
        pieces.output = partial
        (pieces.epilogue, pieces.epilogueInputs) = (nil, [])
        let sum = Launch.reduce(
            .sum, outer: matmul.batch.reduce(1, *), reduce: count, inner: matmul.m * matmul.n, input: partial,
            output: total)
        guard let epilogue = matmul.epilogue else { return [.matmul(pieces), sum] }
        return [
            .matmul(pieces), sum,
            .elementwise(epilogue, inputs: [total] + matmul.epilogueInputs, output: matmul.output),
        ]
    }
}

extension View {
    /// The same elements with an axis cut into `count` equal runs, counted by a new axis at position `newAxis`.
    fileprivate func splitting(axis: Int, into count: Int, newAxis: Int) -> View {
        var view = self
        view.shape[axis] /= count
        view.shape.insert(count, at: newAxis)
        view.strides.insert(strides[axis] * view.shape[axis < newAxis ? axis : axis + 1], at: newAxis)
        return view
    }
}
