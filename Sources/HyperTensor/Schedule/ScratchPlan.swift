/// Gives scratch values places in one arena, so that values that are never needed at once share memory.
struct ScratchPlan {
    /// Elements between possible beginnings: 256 bytes, enough for any device's sub-buffers and vectors.
    static let alignment = 64

    /// Places every scratch value of the schedule; outputs live to the end.
    static func place(_ schedule: inout Schedule) {
        var firstWrite = [Int](repeating: Int.max, count: schedule.values.count)
        var lastUse = [Int](repeating: -1, count: schedule.values.count)
        for (index, scheduled) in schedule.launches.enumerated() {
            for operand in scheduled.launch.reads { lastUse[operand.value] = index }
            if let output = scheduled.launch.writes {
                firstWrite[output.value] = min(firstWrite[output.value], index)
                lastUse[output.value] = max(lastUse[output.value], index)
            }
        }
        for output in schedule.outputs { lastUse[output] = schedule.launches.count }

        var born: [Int: [ValueID]] = [:]
        var dies: [Int: [ValueID]] = [:]
        for (id, value) in schedule.values.enumerated() {
            guard case .scratch = value.storage, firstWrite[id] != Int.max else { continue }
            born[firstWrite[id], default: []].append(id)
            dies[lastUse[id], default: []].append(id)
        }
        // Live blocks, ascending by offset; each new one takes the lowest gap that holds it.
        var live: [(offset: Int, count: Int, id: ValueID)] = []
        var total = 0
        for index in schedule.launches.indices {
            for id in born[index] ?? [] {
                let count = (schedule.values[id].type.count + alignment - 1) / alignment * alignment
                var offset = 0
                var position = 0
                while position < live.count, live[position].offset - offset < count {
                    offset = live[position].offset + live[position].count
                    position += 1
                }
                live.insert((offset, count, id), at: position)
                schedule.values[id].storage = .scratch(offset: offset)
                total = max(total, offset + count)
            }
            let dead = Set(dies[index] ?? [])
            if !dead.isEmpty { live.removeAll { dead.contains($0.id) } }
        }
        schedule.scratchCount = total
    }
}
