/// The position of a value in its schedule.
public typealias ValueID = Int

/// Where the memory of a value lies.
public enum Storage: Hashable, Sendable {
    /// The program input at this position, contiguous.
    case input(Int)
    /// Numbers known at trace time, contiguous.
    case constant([Double])
    /// A state variable, in place, as it is after so many changes within a run.
    case variable(Variable, version: Int)
    /// A part of the scratch arena, in elements from its beginning; contiguous.
    case scratch(offset: Int)

    /// The variable that is seen, whatever its version.
    public var variable: Variable? {
        if case .variable(let variable, _) = self { return variable }
        return nil
    }

    var isScratch: Bool {
        if case .scratch = self { return true }
        return false
    }
}

/// A tensor in memory. It is written once, by one launch or by several that each write a block, and then never changes: a variable that
/// changes is a new value at the old place.
public struct Value: Hashable, Sendable {
    public let type: TensorType
    public internal(set) var storage: Storage
}

/// A value as one launch sees it.
public struct Operand: Hashable, Sendable {
    public var value: ValueID
    public var view: View

    public init(value: ValueID, view: View) {
        self.value = value
        self.view = view
    }
}

/// A launch with the phases of the nodes it computes; several where fusion crossed phases.
public struct ScheduledLaunch: Hashable, Sendable {
    public var launch: Launch
    public var phases: [Phase]

    public init(_ launch: Launch, phases: [Phase] = []) {
        self.launch = launch
        self.phases = phases
    }

    /// This launch's phases and then those of another that it does as well.
    mutating func takePhases(of other: ScheduledLaunch) { phases += other.phases.filter { !phases.contains($0) } }
}

/// A program as a list of kernel calls over planned memory: what a backend executes.
///
/// `Schedule.init(_:for:)` makes it; SchedulePasses.swift lists how.
public struct Schedule: Sendable {
    public let program: Program
    public internal(set) var values: [Value]
    public internal(set) var launches: [ScheduledLaunch]
    /// Runs of neighbouring launches that a device may do at once, in order; they cover all launches.
    public internal(set) var groups: [Range<Int>]
    /// Groups at the beginning that depend on nothing that changes from run to run; 0 unless inputs that vary are named.
    public internal(set) var preparedGroups: Int
    /// Names of the inputs that change from run to run; nil if every run may change everything.
    public internal(set) var varying: Set<String>?
    /// The value of each program output, contiguous, kept until the next run.
    public internal(set) var outputs: [ValueID]
    /// 4-byte words of scratch memory.
    public internal(set) var scratchCount: Int

    init(
        program: Program, values: [Value], launches: [ScheduledLaunch], outputs: [ValueID],
        scratchCount: Int = 0
    ) {
        self.program = program
        self.values = values
        self.launches = launches
        groups = launches.indices.map { $0..<$0 + 1 }
        preparedGroups = 0
        varying = nil
        self.outputs = outputs
        self.scratchCount = scratchCount
    }

    /// The launches of each group.
    public var groupedLaunches: [[ScheduledLaunch]] { groups.map { Array(launches[$0]) } }
}

extension Schedule: CustomStringConvertible {
    /// One line for each launch: name, result shape, operand shapes, phases; launches of one group under the group's first.
    public var description: String {
        var lines = [
            "\(program.name): \(groups.count) groups of \(launches.count) launches, scratch \(scratchCount * 4) bytes"
        ]
        for (index, group) in groups.enumerated() {
            for position in group {
                let (launch, phases) = (launches[position].launch, launches[position].phases)
                let reads = launch.reads.map { "\(Shape($0.view.shape))" }.joined(separator: " ")
                let result = launch.writes.first.map { "\(Shape($0.view.shape)) " } ?? ""
                let label = position == group.lowerBound ? "\(index)" : String(repeating: " ", count: "\(index)".count)
                let prepared = index < preparedGroups ? " (prepared)" : ""
                lines.append(
                    "  \(label) \(launch.name) \(result)← \(reads)\(prepared)  # "
                        + phases.map(\.name).joined(separator: " + "))
            }
        }
        return lines.joined(separator: "\n")
    }
}
