/// A launch as a part of a group, with what passes have folded into it.
public struct LaunchPart: Hashable, Sendable {
    public var launch: Launch
    /// A matmul reads `max(left, 0)` in place of its left operand.
    public var rectifiesLeft = false
    /// A matmul reads `max(right, 0)` in place of its right operand.
    public var rectifiesRight = false
    public var phases: [Phase]

    public init(_ launch: Launch, phases: [Phase], rectifiesLeft: Bool = false, rectifiesRight: Bool = false) {
        self.launch = launch
        self.phases = phases
        self.rectifiesLeft = rectifiesLeft
        self.rectifiesRight = rectifiesRight
    }
}

/// Launches of one kind that do not depend on each other: a device runs them as one kernel call.
public struct LaunchGroup<Kind: Hashable & Sendable>: Sendable {
    public let kind: Kind
    /// In the schedule's order.
    public let parts: [LaunchPart]
}

/// A schedule for devices on which a kernel call is dear: activations folded into products, outer products made elementwise,
/// independent launches of a kind grouped.
///
/// `Kind` says which launches a backend can run in one call.
public struct GroupedSchedule<Kind: Hashable & Sendable>: Sendable {
    public let program: Program
    public let values: [Value]
    public let groups: [LaunchGroup<Kind>]
    /// The value of each program output, contiguous, kept until the next run.
    public let outputs: [ValueID]
    /// Float32-sized elements of scratch memory.
    public let scratchCount: Int

    /// - Parameters:
    ///   - guardElements: Free elements behind each scratch value, for tests that look for stray writes.
    ///   - pieces: In how many pieces over k a product is cut, a divisor of k; 1 leaves it whole.
    ///   - kind: The kind of a launch.
    public init(
        _ schedule: Schedule, guardElements: Int = 0, pieces: (MatmulLaunch) -> Int = { _ in 1 }, kind: (Launch) -> Kind
    ) {
        let live = schedule.launches.filter { !$0.launch.isEmpty }
        var values = schedule.values
        let folded = ActivationFolding.apply(
            to: live.map { LaunchPart($0.launch.withoutOuterProduct, phases: $0.phases) },
            values: schedule.values,
            outputs: schedule.outputs)
        let parts = SplitProducts.apply(to: folded, values: &values, pieces: pieces)
        let order = LaunchGrouping(parts, values: values).groups(kind: parts.map { kind($0.launch) })
        scratchCount = ScratchPlan.place(
            &values, steps: order.map { $0.map { parts[$0].launch } }, outputs: schedule.outputs, gap: guardElements)
        program = schedule.program
        self.values = values
        outputs = schedule.outputs
        groups = order.map { members in
            LaunchGroup(kind: kind(parts[members[0]].launch), parts: members.map { parts[$0] })
        }
    }
}

extension GroupedSchedule: CustomStringConvertible {
    /// One line for each group and, indented, one for each of its parts: name, result shape, operand shapes, phases.
    public var description: String {
        let parts = groups.reduce(0) { $0 + $1.parts.count }
        var lines = ["\(program.name): \(groups.count) launches of \(parts) parts, scratch \(scratchCount * 4) bytes"]
        for (index, group) in groups.enumerated() {
            lines.append("  \(index) \(group.kind)")
            for part in group.parts {
                let reads = part.launch.reads.map { "\(Shape($0.view.shape))" }.joined(separator: " ")
                let result = part.launch.writes.map { "\(Shape($0.view.shape)) " } ?? ""
                let folded = (part.rectifiesLeft ? " relu(left)" : "") + (part.rectifiesRight ? " relu(right)" : "")
                let phases = part.phases.map(\.name).joined(separator: " + ")
                lines.append("      \(part.launch.name) \(result)← \(reads)\(folded)  # \(phases)")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension Launch {
    /// Whether the launch writes nothing: an empty tensor, or an update without parameters.
    var isEmpty: Bool {
        switch self {
        case .adam(let update, _, _): return update.parameters.allSatisfy { $0.type.count == 0 }
        case .softUpdate(let update): return update.targets.allSatisfy { $0.type.count == 0 }
        case .assignRows(_, let rows, _, _): return rows.view.count == 0
        case .elementwise, .reduce, .matmul, .gather, .scatterAdd, .random: return writes?.view.count == 0
        }
    }
}
