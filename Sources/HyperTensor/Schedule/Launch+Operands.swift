extension Launch {
    /// What the launch reads, besides variables that Adam and `softUpdate` name themselves.
    public var reads: [Operand] {
        switch self {
        case .elementwise(_, let inputs, _): return inputs
        case .reduce(_, _, _, _, let input, _): return [input]
        case .matmul(let launch):
            return [launch.left, launch.right] + launch.epilogueInputs + (launch.step.map { [$0.scale] } ?? [])
        case .gather(_, let table, let indices, _): return [table, indices]
        case .scatterAdd(_, let updates, let indices, _): return [updates, indices]
        case .assignRows(_, let rows, let indices, _): return [rows, indices]
        case .random(_, _, let seeds, let step, let bounds, _): return [seeds, step] + (bounds.map { [$0] } ?? [])
        case .adam(_, let gradients, let scale): return gradients + [scale]
        case .softUpdate: return []
        }
    }

    /// What the launch writes, besides variables that Adam and `softUpdate` name themselves.
    public var writes: Operand? {
        switch self {
        case .elementwise(_, _, let output), .reduce(_, _, _, _, _, let output), .gather(_, _, _, let output),
            .scatterAdd(_, _, _, let output), .assignRows(_, _, _, let output), .random(_, _, _, _, _, let output):
            return output
        case .matmul(let launch): return launch.output
        case .adam, .softUpdate: return nil
        }
    }

    /// A short name for profiles.
    public var name: String {
        switch self {
        case .elementwise(let kernel, let inputs, _):
            if kernel == .identity { return "copy" }
            return inputs.isEmpty ? "fill" : "elementwise"
        case .reduce(let reduction, _, _, _, _, _): return "reduce_\(reduction.rawValue)"
        case .matmul(let launch):
            if let step = launch.step { return step.softUpdate == nil ? "matmul+adam" : "matmul+adam+soft_update" }
            return launch.epilogue == nil ? "matmul" : "matmul+epilogue"
        case .gather: return "gather"
        case .scatterAdd: return "scatter_add"
        case .assignRows: return "assign_rows"
        case .random(let distribution, _, _, _, _, _): return "random_\(distribution.rawValue)"
        case .adam: return "adam"
        case .softUpdate: return "soft_update"
        }
    }
}

extension Schedule: CustomStringConvertible {
    /// One line per launch: name, result shape, operand shapes, phases.
    public var description: String {
        var lines = ["schedule \(program.name): \(launches.count) launches, scratch \(scratchCount * 4) bytes"]
        for (index, scheduled) in launches.enumerated() {
            let launch = scheduled.launch
            let reads = launch.reads.map { "\(Shape($0.view.shape))" }.joined(separator: " ")
            let result = launch.writes.map { "\(Shape($0.view.shape))" } ?? ""
            let phases = scheduled.phases.map(\.name).joined(separator: " + ")
            lines.append("  \(index) \(launch.name) \(result) ← \(reads)  # \(phases)")
        }
        return lines.joined(separator: "\n")
    }
}
