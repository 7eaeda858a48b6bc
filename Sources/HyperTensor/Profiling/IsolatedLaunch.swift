/// One launch of a schedule, or several that share a kernel call, as a schedule of its own: what benchmarks time and compare with the
/// reference.
///
/// Operands and results become state variables, of the elements that the launch sees; strides, broadcasts and the alignment of their
/// beginnings stay, so that the kernel meets the same memory layout.
public struct IsolatedLaunch: Sendable {
    /// What a variable has to hold for the launch to make sense.
    public enum Content: Hashable, Sendable {
        case normal
        /// Numbers above zero: second moments and scales.
        case positive
        /// Integers in `0..<bound`.
        case integers(below: Int)
    }

    /// One group.
    public let schedule: Schedule
    public let layout: StateLayout
    /// By variable of the layout.
    public let contents: [Content]

    /// Equal for launches that do the same work on the same shapes.
    public var signature: some Hashable {
        Signature(launches: schedule.launches.map(\.launch), values: schedule.values)
    }

    private struct Signature: Hashable {
        let launches: [Launch]
        let values: [Value]
    }

    /// - Parameters:
    ///   - launches: Launches that do not depend on each other, at least one.
    ///   - values: The values that their operands name.
    ///   - updateLimit: Elements of parameters that an update takes at most, in whole variables and at least one; nil takes all.
    public init(_ launches: [ScheduledLaunch], values: [Value], updateLimit: Int? = nil) throws {
        precondition(!launches.isEmpty, "IsolatedLaunch: no launches")
        var isolation = Isolation(of: values)
        let isolated = try launches.map {
            ScheduledLaunch(
                try isolation.isolate($0.launch.updating(atMost: updateLimit ?? .max, values)), phases: $0.phases)
        }
        let name = launches.map(\.launch.name).joined(separator: " + ")
        var schedule = Schedule(
            program: Program(name: name, nodes: [], inputs: [], outputs: []), values: isolation.values,
            launches: isolated, outputs: [])
        schedule.groups = [isolated.indices]
        if Validation.isOn { Validation.require(ScheduleVerifier.problems(in: schedule, after: .buffers), name) }
        self.schedule = schedule
        layout = isolation.layout
        contents = isolation.contents
    }
}

/// The variables that stand for the operands of isolated launches.
private struct Isolation {
    private let original: [Value]
    private(set) var layout = StateLayout()
    private(set) var contents: [IsolatedLaunch.Content] = []
    private(set) var values: [Value] = []
    private var known: [Operand: Operand] = [:]
    /// Beginnings keep their place within so many elements.
    private static let alignment = 16

    init(of values: [Value]) { original = values }

    private mutating func addValue(_ type: TensorType, _ content: IsolatedLaunch.Content, version: Int) throws
        -> ValueID
    {
        let variable = try layout.addVariable("operand\(contents.count)", type, role: .scratch)
        contents.append(type.element == .int32 && content == .normal ? .integers(below: 1000) : content)
        values.append(Value(type: type, storage: .variable(variable, version: version)))
        return values.count - 1
    }

    private mutating func addOperand(
        _ operand: Operand, _ content: IsolatedLaunch.Content, version: Int
    ) throws -> Operand {
        var view = operand.view
        view.offset %= Self.alignment
        let type = TensorType(original[operand.value].type.element, [view.end])
        return Operand(value: try addValue(type, content, version: version), view: view)
    }

    /// The launch on variables of its own.
    mutating func isolate(_ launch: Launch) throws -> Launch {
        for (operand, content) in zip(launch.reads, launch.contents) where known[operand] == nil {
            known[operand] = try addOperand(operand, content, version: 0)
        }
        var results: [Operand: Operand] = [:]
        for operand in launch.writes { results[operand] = try addOperand(operand, .normal, version: 1) }
        var revisions: [Revision: Revision] = [:]
        let second = Set(launch.secondMoments)
        for revision in launch.revisions {
            let before = try addValue(
                original[revision.before].type, second.contains(revision) ? .positive : .normal, version: 0)
            guard case .variable(let variable, _) = values[before].storage else { continue }
            values.append(Value(type: variable.type, storage: .variable(variable, version: 1)))
            revisions[revision] = Revision(before: before, after: values.count - 1)
        }
        return launch.mapped(
            reads: { [known] in known[$0] ?? $0 }, writes: { results[$0] ?? $0 }, revisions: { revisions[$0] ?? $0 })
    }
}

extension Launch {
    /// What each operand of `reads` has to hold.
    fileprivate var contents: [IsolatedLaunch.Content] {
        switch self {
        case .elementwise, .reduce, .wideSum, .dot, .softUpdate: return reads.map { _ in .normal }
        case .matmul(let launch):
            let factors = [IsolatedLaunch.Content](repeating: .normal, count: 2 + launch.epilogueInputs.count)
            return factors + (launch.step == nil ? [] : [.positive])
        case .gather(let rows, _, _, _), .scatterAdd(let rows, _, _, _), .assignRows(let rows, _, _, _):
            return [.normal, .integers(below: rows.tableRows)]
        case .random: return reads.map { _ in .integers(below: 1000) }
        case .adam(let launch): return launch.gradients.map { _ in .normal } + [.positive]
        }
    }

    fileprivate var secondMoments: [Revision] {
        switch self {
        case .adam(let launch): return launch.parameters.map(\.secondMoment)
        case .matmul(let launch): return launch.step.map { [$0.parameter.secondMoment] } ?? []
        case .elementwise, .reduce, .wideSum, .dot, .gather, .scatterAdd, .assignRows, .random, .softUpdate: return []
        }
    }

    /// The launch with its leading variables alone, as many as have at most so many elements.
    fileprivate func updating(atMost limit: Int, _ values: [Value]) -> Launch {
        func leading(_ revisions: [Revision]) -> Int {
            var sum = 0
            let fitting = revisions.prefix {
                sum += values[$0.after].type.count
                return sum <= limit
            }
            return max(1, fitting.count)
        }
        switch self {
        case .adam(var launch):
            let count = leading(launch.parameters.map(\.parameter))
            launch.parameters = Array(launch.parameters.prefix(count))
            launch.gradients = Array(launch.gradients.prefix(count))
            return .adam(launch)
        case .softUpdate(var launch):
            let count = leading(launch.targets)
            launch.targets = Array(launch.targets.prefix(count))
            launch.sources = Array(launch.sources.prefix(count))
            return .softUpdate(launch)
        case .elementwise, .reduce, .wideSum, .dot, .matmul, .gather, .scatterAdd, .assignRows, .random: return self
        }
    }
}
