/// Gives scratch values places in one arena, so that values that are never needed at once share memory.
struct ScratchPlan {
    /// Elements between possible beginnings: 256 bytes, enough for any device's sub-buffers and vectors.
    static let alignment = 64

    /// Places every scratch value of the schedule; outputs live to the end.
    static func place(_ schedule: inout Schedule) {
        let steps = schedule.launches.map { [$0.launch] }
        schedule.scratchCount = place(&schedule.values, steps: steps, outputs: schedule.outputs)
    }

    /// Places every scratch value that is written; launches of one step run at once, so none of them may write what another
    /// one reads or writes.
    ///
    /// - Parameter gap: Elements to leave free behind each value, for tests that look for stray writes.
    /// - Returns: Elements of the arena.
    static func place(_ values: inout [Value], steps: [[Launch]], outputs: [ValueID], gap: Int = 0) -> Int {
        var firstWrite = [Int](repeating: Int.max, count: values.count)
        var lastUse = [Int](repeating: -1, count: values.count)
        for (index, launches) in steps.enumerated() {
            for launch in launches {
                for operand in launch.reads { lastUse[operand.value] = index }
                if let output = launch.writes {
                    firstWrite[output.value] = min(firstWrite[output.value], index)
                    lastUse[output.value] = max(lastUse[output.value], index)
                }
            }
        }
        for output in outputs { lastUse[output] = steps.count }

        var born: [Int: [ValueID]] = [:]
        var dies: [Int: [ValueID]] = [:]
        for (id, value) in values.enumerated() {
            guard case .scratch = value.storage, firstWrite[id] != Int.max else { continue }
            born[firstWrite[id], default: []].append(id)
            dies[lastUse[id], default: []].append(id)
        }
        // Live blocks, ascending by offset; each new one takes the lowest gap that holds it.
        var live: [(offset: Int, count: Int, id: ValueID)] = []
        var total = 0
        for index in steps.indices {
            for id in born[index] ?? [] {
                let count = (values[id].type.count + gap + alignment - 1) / alignment * alignment
                var offset = 0
                var position = 0
                while position < live.count, live[position].offset - offset < count {
                    offset = live[position].offset + live[position].count
                    position += 1
                }
                live.insert((offset, count, id), at: position)
                values[id].storage = .scratch(offset: offset)
                total = max(total, offset + count)
            }
            let dead = Set(dies[index] ?? [])
            if !dead.isEmpty { live.removeAll { dead.contains($0.id) } }
        }
        return total
    }
}
