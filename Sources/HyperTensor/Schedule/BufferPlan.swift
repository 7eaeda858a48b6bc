/// Gives scratch values places in one arena, so that values that are never needed at once share memory.
///
/// This is the last pass: it decides what lies where, and which elementwise launches write over what they read.
struct BufferPlan {
    /// 4-byte words between possible beginnings: 256 bytes, enough for any device's sub-buffers and vectors.
    static let alignment = 64

    /// Places every scratch value that is written; launches of one group run at once, so none of them may write what another one
    /// reads or writes. Outputs live to the end, and so does what prepared launches leave to the others.
    ///
    /// - Parameter gap: 4-byte words to leave free behind each value, for tests that look for stray writes.
    static func apply(to schedule: inout Schedule, gap: Int = 0) {
        var plan = BufferPlan(schedule, gap: gap)
        plan.place(&schedule)
        schedule.scratchCount = plan.total
    }

    /// By value, the first group that writes it and the last that touches it.
    private var firstWrite: [Int]
    private var lastUse: [Int]
    private let gap: Int
    /// Live blocks, ascending by offset.
    private var live: [(offset: Int, count: Int, id: ValueID)] = []
    private var total = 0

    private init(_ schedule: Schedule, gap: Int) {
        self.gap = gap
        firstWrite = [Int](repeating: Int.max, count: schedule.values.count)
        lastUse = [Int](repeating: -1, count: schedule.values.count)
        let end = schedule.groups.count
        for (index, group) in schedule.groups.enumerated() {
            for position in group {
                let launch = schedule.launches[position].launch
                for value in launch.readValues { use(value, index) }
                for value in launch.writtenValues {
                    firstWrite[value] = min(firstWrite[value], index)
                    use(value, index)
                }
            }
        }
        for id in lastUse.indices
        where firstWrite[id] < schedule.preparedGroups && lastUse[id] >= schedule.preparedGroups {
            lastUse[id] = end
        }
        for output in schedule.outputs { lastUse[output] = end }
    }

    private mutating func use(_ value: ValueID, _ index: Int) { lastUse[value] = max(lastUse[value], index) }

    private mutating func place(_ schedule: inout Schedule) {
        var born = schedule.groups.map { _ in [ValueID]() }
        var dies = schedule.groups.map { _ in [ValueID]() } + [[]]
        for (id, value) in schedule.values.enumerated()
        where value.storage.isScratch && value.type.count > 0 && firstWrite[id] != Int.max {
            born[firstWrite[id]].append(id)
            dies[lastUse[id]].append(id)
        }
        for (index, group) in schedule.groups.enumerated() {
            let heirs = heirs(among: born[index], schedule, group, index)
            for id in born[index] {
                if let heir = heirs[id], let position = position(of: heir, schedule) {
                    live[position].id = id
                    schedule.values[id].storage = .scratch(offset: live[position].offset)
                } else {
                    let count =
                        (schedule.values[id].type.wordCount + gap + Self.alignment - 1) / Self.alignment
                        * Self.alignment
                    schedule.values[id].storage = .scratch(offset: insert(id, count))
                }
            }
            for id in dies[index] {
                // A value that has given its place to another one is no longer live.
                if let position = position(of: id, schedule) { live.remove(at: position) }
            }
        }
    }

    /// Where a live value stands in the list.
    private func position(of id: ValueID, _ schedule: Schedule) -> Int? {
        guard case .scratch(let offset) = schedule.values[id].storage else { return nil }
        var (low, high) = (0, live.count)
        while low < high {
            let middle = (low + high) / 2
            if live[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < live.count && live[low].id == id ? low : nil
    }

    /// The lowest gap that holds a new block.
    private mutating func insert(_ id: ValueID, _ count: Int) -> Int {
        var offset = 0
        var position = 0
        while position < live.count, live[position].offset - offset < count {
            offset = live[position].offset + live[position].count
            position += 1
        }
        live.insert((offset, count, id), at: position)
        total = max(total, offset + count)
        return offset
    }

    /// By new value, the dying one whose memory it takes: the operand of the elementwise launch that makes it, if the launch sees both
    /// alike and nothing else needs either at that time.
    private func heirs(
        among born: [ValueID], _ schedule: Schedule, _ group: Range<Int>, _ index: Int
    ) -> [ValueID: ValueID] {
        let newborn = Set(born)
        var result: [ValueID: ValueID] = [:]
        var taken: Set<ValueID> = []
        var touches: [ValueID: Int] = [:]
        for position in group {
            let launch = schedule.launches[position].launch
            for value in Set(launch.readValues + launch.writtenValues) { touches[value, default: 0] += 1 }
        }
        for position in group {
            guard case .elementwise(let kernel, let inputs, let output) = schedule.launches[position].launch,
                !kernel.instructions.isEmpty,
                newborn.contains(output.value), touches[output.value] == 1, output.isWhole(schedule.values)
            else { continue }
            let heir = inputs.first { input in
                let value = schedule.values[input.value]
                return value.storage.isScratch && lastUse[input.value] == index && touches[input.value] == 1
                    && !taken.contains(input.value) && value.type.count == schedule.values[output.value].type.count
                    && value.type.element == schedule.values[output.value].type.element
                    && inputs.allSatisfy { $0.value != input.value || $0.view == output.view }
            }
            guard let heir else { continue }
            taken.insert(heir.value)
            result[output.value] = heir.value
        }
        return result
    }
}
