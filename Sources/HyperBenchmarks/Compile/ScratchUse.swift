import HyperTensor

/// Scratch memory that a schedule plans, and the least that its order of launches needs.
public struct ScratchUse: Hashable, Sendable {
    /// Bytes of the arena.
    public let planned: Int
    /// The largest sum of values that are alive at once, in bytes.
    ///
    /// A value lives from the group that writes it first to the last one that reads it, an output to the end. An elementwise launch may
    /// write over an operand that it reads in its own order and that dies with it: such a pair counts once.
    public let bound: Int

    public var ratio: Double { bound == 0 ? 1 : Double(planned) / Double(bound) }

    public init(_ schedule: Schedule) {
        planned = 4 * schedule.scratchCount
        let lives = Self.lives(in: schedule)
        /// By group, bytes that are born there, and bytes that were needed up to there.
        var born = [Int](repeating: 0, count: schedule.groups.count + 2)
        var dead = born
        for (value, life) in zip(schedule.values, lives) {
            guard let life, value.isScratch else { continue }
            born[life.lowerBound] += value.type.byteCount
            dead[life.upperBound + 1] += value.type.byteCount
        }
        var (live, most) = (0, 0)
        for (index, group) in schedule.groups.enumerated() {
            live += born[index] - dead[index]
            most = max(most, live - Self.inherited(in: group, at: index, of: schedule, lives))
        }
        bound = most
    }

    /// By value, the groups from its first writer to its last user; nil for a value that no launch writes.
    private static func lives(in schedule: Schedule) -> [ClosedRange<Int>?] {
        var lives = [ClosedRange<Int>?](repeating: nil, count: schedule.values.count)
        for (index, group) in schedule.groups.enumerated() {
            for launch in schedule.launches[group].map(\.launch) {
                for output in launch.writes { lives[output.value] = (lives[output.value]?.lowerBound ?? index)...index }
                for operand in launch.reads {
                    if let life = lives[operand.value] { lives[operand.value] = life.lowerBound...index }
                }
            }
        }
        for output in schedule.outputs {
            if let life = lives[output] { lives[output] = life.lowerBound...schedule.groups.count }
        }
        return lives
    }

    /// Bytes of results of a group that lie where a dying operand lay.
    private static func inherited(
        in group: Range<Int>, at index: Int, of schedule: Schedule, _ lives: [ClosedRange<Int>?]
    ) -> Int {
        var taken: Set<ValueID> = []
        var bytes = 0
        for launch in schedule.launches[group].map(\.launch) {
            guard case .elementwise(_, let inputs, let output) = launch, lives[output.value]?.lowerBound == index
            else { continue }
            let result = schedule.values[output.value]
            let operand = inputs.first { input in
                let value = schedule.values[input.value]
                return value.isScratch && lives[input.value]?.upperBound == index && !taken.contains(input.value)
                    && value.type.byteCount == result.type.byteCount && output.view.count == result.type.count
                    && inputs.allSatisfy { $0.value != input.value || $0.view == output.view }
            }
            guard let operand, result.isScratch else { continue }
            taken.insert(operand.value)
            bytes += result.type.byteCount
        }
        return bytes
    }
}

extension Value {
    fileprivate var isScratch: Bool {
        if case .scratch = storage { return true }
        return false
    }
}
