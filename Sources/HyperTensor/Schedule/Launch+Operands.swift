extension Launch {
    /// What the launch reads and does not change, in the order in which `mapped` visits it.
    public var reads: [Operand] {
        switch self {
        case .elementwise(_, let inputs, _): return inputs
        case .reduce(_, _, _, _, let input, _), .wideSum(_, _, _, let input, _): return [input]
        case .dot(_, let left, let right, _): return [left, right]
        case .wideSum(_, _, _, let input, _): return [input]
        case .dot(_, let left, let right, _): return [left, right]
        case .matmul(let launch):
            return [launch.left, launch.right] + launch.epilogueInputs + (launch.step.map { [$0.scale] } ?? [])
        case .gather(_, let table, let indices, _): return [table, indices]
        case .scatterAdd(_, let updates, let indices, _): return [updates, indices]
        case .assignRows(_, let rows, let indices, _): return [rows, indices]
        case .random(_, _, let seeds, let step, let bounds, let substreams, _):
            return [seeds, step] + [bounds, substreams].compactMap { $0 }
        case .adam(let launch): return launch.gradients + [launch.scale]
        case .softUpdate(let launch): return launch.sources
        }
    }

    /// What the launch writes without reading what was there.
    public var writes: [Operand] {
        switch self {
        case .elementwise(_, _, let output), .reduce(_, _, _, _, _, let output), .gather(_, _, _, let output),
            .scatterAdd(_, _, _, let output), .random(_, _, _, _, _, _, let output), .wideSum(_, _, _, _, let output),
            .dot(_, _, _, let output):
            return [output]
        case .matmul(let launch): return launch.step == nil ? [launch.output] : []
        case .assignRows, .adam, .softUpdate: return []
        }
    }

    /// The variables that the launch reads and changes in place.
    public var revisions: [Revision] {
        switch self {
        case .elementwise, .reduce, .wideSum, .dot, .gather, .scatterAdd, .random: return []
        case .matmul(let launch):
            guard let step = launch.step else { return [] }
            return step.parameter.all + (step.target.map { [$0] } ?? [])
        case .assignRows(_, _, _, let table): return [table]
        case .adam(let launch): return launch.parameters.flatMap(\.all)
        case .softUpdate(let launch): return launch.targets
        }
    }

    /// All values that the launch reads, changed in place or not.
    var readValues: [ValueID] { reads.map(\.value) + revisions.map(\.before) }

    /// All values that are there after the launch and were not before.
    public var writtenValues: [ValueID] { writes.map(\.value) + revisions.map(\.after) }

    /// The same launch with others in place of what it reads, writes and changes in place.
    func mapped(
        reads: (Operand) -> Operand = { $0 }, writes: (Operand) -> Operand = { $0 },
        revisions: (Revision) -> Revision = { $0 }
    ) -> Launch {
        switch self {
        case .elementwise(let kernel, let inputs, let output):
            return .elementwise(kernel, inputs: inputs.map(reads), output: writes(output))
        case .reduce(let reduction, let outer, let length, let inner, let input, let output):
            return .reduce(
                reduction, outer: outer, reduce: length, inner: inner, input: reads(input), output: writes(output))
        case .wideSum(let outer, let length, let inner, let input, let output):
            return .wideSum(outer: outer, reduce: length, inner: inner, input: reads(input), output: writes(output))
        case .dot(let shape, let left, let right, let output):
            return .dot(shape, left: reads(left), right: reads(right), output: writes(output))
        case .matmul(let launch): return .matmul(launch.mapped(reads, writes, revisions))
        case .gather(let shape, let table, let indices, let output):
            return .gather(shape, table: reads(table), indices: reads(indices), output: writes(output))
        case .scatterAdd(let shape, let updates, let indices, let output):
            return .scatterAdd(shape, updates: reads(updates), indices: reads(indices), output: writes(output))
        case .assignRows(let shape, let rows, let indices, let table):
            return .assignRows(shape, rows: reads(rows), indices: reads(indices), table: revisions(table))
        case .random(let distribution, let stream, let seeds, let step, let bounds, let substreams, let output):
            return .random(
                distribution, stream: stream, seeds: reads(seeds), step: reads(step), bounds: bounds.map(reads),
                substreams: substreams.map(reads), output: writes(output))
        case .adam(var launch):
            launch.gradients = launch.gradients.map(reads)
            launch.scale = reads(launch.scale)
            launch.parameters = launch.parameters.map { $0.mapped(revisions) }
            return .adam(launch)
        case .softUpdate(var launch):
            launch.sources = launch.sources.map(reads)
            launch.targets = launch.targets.map(revisions)
            return .softUpdate(launch)
        }
    }

    /// A short name for profiles.
    public var name: String {
        switch self {
        case .elementwise(let kernel, let inputs, _):
            if kernel == .identity { return "copy" }
            if kernel == .wideIdentity { return "cast" }
            if inputs.isEmpty { return "fill" }
            return kernel.registers == .float64 ? "wide_elementwise" : "elementwise"
        case .reduce(let reduction, _, _, _, _, _): return "reduce_\(reduction.rawValue)"
        case .wideSum: return "wide_sum"
        case .dot: return "dot"
        case .matmul(let launch):
            if let step = launch.step { return step.target == nil ? "matmul+adam" : "matmul+adam+soft_update" }
            return launch.epilogue == nil ? "matmul" : "matmul+epilogue"
        case .gather: return "gather"
        case .scatterAdd: return "scatter_add"
        case .assignRows: return "assign_rows"
        case .random(let distribution, _, _, _, _, _, _): return "random_\(distribution.rawValue)"
        case .adam: return "adam"
        case .softUpdate: return "soft_update"
        }
    }

    /// Operand and result, if the launch is nothing but a copy.
    func copy(_ values: [Value]) -> (source: Operand, output: Operand)? {
        guard case .elementwise(let kernel, let inputs, let output) = self, inputs.count == 1,
            case let element = values[output.value].type.element, kernel == .identity(of: element),
            values[inputs[0].value].type.element == element
        else { return nil }
        return (inputs[0], output)
    }

    /// Whether the launch writes nothing: an empty tensor, or an update without parameters.
    func isEmpty(_ values: [Value]) -> Bool {
        switch self {
        case .assignRows(_, let rows, _, _): return rows.view.count == 0
        case .adam, .softUpdate: return revisions.allSatisfy { values[$0.after].type.count == 0 }
        case .matmul(let launch): return launch.output.view.count == 0
        case .elementwise, .reduce, .wideSum, .dot, .gather, .scatterAdd, .random:
            return writes.allSatisfy { $0.view.count == 0 }
        }
    }
}

extension Operand {
    /// Whether the operand is all of its value, as it lies.
    func isWhole(_ values: [Value]) -> Bool {
        view.offset == 0 && view.isContiguous && view.count == values[value].type.count
    }
}

extension MatmulLaunch {
    fileprivate func mapped(
        _ reads: (Operand) -> Operand, _ writes: (Operand) -> Operand, _ revisions: (Revision) -> Revision
    ) -> MatmulLaunch {
        var result = self
        (result.left, result.right) = (reads(left), reads(right))
        result.epilogueInputs = epilogueInputs.map(reads)
        guard var step else {
            result.output = writes(output)
            return result
        }
        step.scale = reads(step.scale)
        step.parameter = step.parameter.mapped(revisions)
        step.target = step.target.map(revisions)
        result.step = step
        result.output.value = step.parameter.parameter.after
        return result
    }
}

extension AdamRevision {
    fileprivate func mapped(_ change: (Revision) -> Revision) -> AdamRevision {
        AdamRevision(
            parameter: change(parameter), firstMoment: change(firstMoment), secondMoment: change(secondMoment))
    }
}
