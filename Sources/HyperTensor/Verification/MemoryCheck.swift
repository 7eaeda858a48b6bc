/// Follows who owns which part of the scratch arena, group by group: whether what is read is still there.
struct MemoryCheck {
    private let schedule: Schedule
    private var found: [String] = []
    /// Values whose memory nobody has written over since they were written.
    private var alive: Set<ValueID> = []
    /// By value, the last launch that writes it, or −1.
    private var lastWriter: [Int]

    init(_ schedule: Schedule) {
        self.schedule = schedule
        lastWriter = schedule.values.map { _ in -1 }
        for (index, scheduled) in schedule.launches.enumerated() {
            for value in scheduled.launch.writtenValues { lastWriter[value] = index }
        }
    }

    private func range(_ value: ValueID) -> Range<Int>? {
        guard case .scratch(let offset) = schedule.values[value].storage, schedule.values[value].type.count > 0 else {
            return nil
        }
        return offset..<offset + schedule.values[value].type.wordCount
    }

    func problems() -> [String] {
        var check = self
        for (index, group) in schedule.groups.enumerated() { check.follow(group, index) }
        for (output, value) in zip(schedule.program.outputs, schedule.outputs)
        where range(value) != nil && !check.alive.contains(value) {
            check.found.append("the memory of output '\(output.name)' is used again")
        }
        check.checkPrepared()
        return check.found
    }

    private mutating func follow(_ group: Range<Int>, _ index: Int) {
        let launches = group.map { schedule.launches[$0].launch }
        for launch in launches {
            for value in Set(launch.readValues) where range(value) != nil && !alive.contains(value) {
                found.append("group \(index) (\(launch.name)) reads value \(value), whose memory holds something else")
            }
        }
        for (position, launch) in launches.enumerated() {
            for value in launch.writtenValues {
                guard let written = range(value) else { continue }
                if written.upperBound > schedule.scratchCount { found.append("value \(value) leaves the arena") }
                for (other, launch) in launches.enumerated() {
                    checkOverlap(written, of: value, with: launch, isItself: other == position, index)
                }
                for other in alive where other != value && (range(other)?.overlaps(written) ?? false) {
                    alive.remove(other)
                    if lastWriter[other] >= group.lowerBound + position {
                        found.append(
                            "group \(index) (\(launch.name)) writes over value \(other), which is not yet whole")
                    }
                }
                alive.insert(value)
            }
        }
    }

    /// A launch may write over what it reads only element by element, and over nothing that runs at once with it.
    private mutating func checkOverlap(
        _ written: Range<Int>, of value: ValueID, with launch: Launch, isItself: Bool, _ index: Int
    ) {
        for operand in launch.reads where range(operand.value)?.overlaps(written) ?? false {
            let isSameMemory = range(operand.value) == written
            if !(isItself && isSameMemory && launch.readsInPlace(operand)) {
                found.append(
                    "group \(index) (\(launch.name)) reads value \(operand.value) while value \(value) is written there"
                )
            }
        }
        if isItself { return }
        for other in launch.writtenValues where other != value && (range(other)?.overlaps(written) ?? false) {
            found.append("group \(index) writes values \(value) and \(other) to one place")
        }
    }

    /// What prepared launches leave is there at the next run as well.
    private mutating func checkPrepared() {
        if schedule.preparedGroups == 0 { return }
        var left: Set<ValueID> = []
        for group in schedule.groups.prefix(schedule.preparedGroups) {
            for index in group { left.formUnion(schedule.launches[index].launch.writtenValues) }
        }
        var wanted = left.intersection(schedule.outputs)
        for group in schedule.groups.dropFirst(schedule.preparedGroups) {
            for index in group { wanted.formUnion(left.intersection(schedule.launches[index].launch.readValues)) }
        }
        for value in wanted where range(value) != nil && !alive.contains(value) {
            found.append("the memory of prepared value \(value) is used again")
        }
    }
}
