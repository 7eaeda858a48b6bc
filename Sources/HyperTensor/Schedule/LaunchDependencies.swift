/// Which launches of a list must be done before which others, by the memory that they read and write.
struct LaunchDependencies {
    /// By launch, those that must be done before it.
    private(set) var predecessors: [[Int]]

    init(_ launches: [Launch], values: [Value]) {
        predecessors = launches.map { _ in [] }
        var accesses: [Resource: [(launch: Int, operand: Operand?, isWrite: Bool)]] = [:]
        for (index, launch) in launches.enumerated() {
            var found: Set<Int> = []
            let now = Self.accesses(of: launch, values)
            for access in now {
                for earlier in accesses[access.resource] ?? [] where earlier.isWrite || access.isWrite {
                    if earlier.isWrite, access.isWrite, let first = earlier.operand, let second = access.operand,
                        first.view.isDisjoint(from: second.view, in: values[second.value].type.shape)
                    {
                        continue
                    }
                    found.insert(earlier.launch)
                }
            }
            for access in now { accesses[access.resource, default: []].append((index, access.operand, access.isWrite)) }
            predecessors[index] = found.sorted()
        }
    }

    // MARK: Accesses

    private enum Resource: Hashable {
        case value(ValueID)
        case variable(Variable)
    }

    private static func accesses(
        of launch: Launch, _ values: [Value]
    ) -> [(resource: Resource, operand: Operand?, isWrite: Bool)] {
        func resource(_ operand: Operand) -> Resource {
            if case .variable(let variable) = values[operand.value].storage { return .variable(variable) }
            return .value(operand.value)
        }
        var result: [(resource: Resource, operand: Operand?, isWrite: Bool)] = launch.reads.map {
            (resource($0), $0, false)
        }
        if let output = launch.writes { result.append((resource(output), output, true)) }
        switch launch {
        case .adam(let update, _, _): result += update.variables.map { (.variable($0), nil, true) }
        case .matmul(let matmul): result += (matmul.step?.variables ?? []).map { (.variable($0), nil, true) }
        case .softUpdate(let update):
            result +=
                update.sources.map { (.variable($0), nil, false) } + update.targets.map { (.variable($0), nil, true) }
        case .elementwise, .reduce, .gather, .scatterAdd, .assignRows, .random: break
        }
        return result
    }
}

extension View {
    /// Whether two blocks of one contiguous tensor have no element in common. False if either is not a plain block.
    func isDisjoint(from other: View, in shape: Shape) -> Bool {
        guard self.shape.count == shape.rank, other.shape.count == shape.rank, isBlock(of: shape),
            other.isBlock(of: shape)
        else {
            return false
        }
        let (first, second) = (starts(in: shape), other.starts(in: shape))
        return (0..<shape.rank).contains { axis in
            first[axis] + self.shape[axis] <= second[axis] || second[axis] + other.shape[axis] <= first[axis]
        }
    }

    private func isBlock(of whole: Shape) -> Bool { strides == whole.strides }

    private func starts(in whole: Shape) -> [Int] {
        var rest = offset
        return whole.strides.enumerated().map { axis, stride in
            guard stride > 0, whole[axis] > 0 else { return 0 }
            let start = rest / stride
            rest -= start * stride
            return start
        }
    }
}
