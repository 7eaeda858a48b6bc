/// Copies what is read of a variable behind a change that it cannot be read before.
///
/// A read costs nothing: its value is a view of the variable. A launch that reads version v, and stands behind the one that writes version
/// v + 1, is left alone where it can run before that one. Where it depends on it (an output that joins old and new values), it reads a
/// copy. A launch that changes a variable never reads that variable's old version through an operand.
///
/// One copy serves all such readers, with the span of elements that they see. The elements keep their order, so that every view of them
/// stays as it is and no product sees another layout.
enum Snapshots {
    static func apply(to schedule: inout Schedule) {
        let launches = schedule.launches.map(\.launch)
        let uses = ValueUses(launches, values: schedule.values)
        var copies: [(position: Int, value: ValueID, readers: [Int])] = []
        for (value, readers) in lateReaders(uses, launches, schedule.values) {
            guard let next = uses.nextVersion[value], let change = uses.writers[next].first else { continue }
            copies.append((change, value, readers))
        }
        if copies.isEmpty { return }
        copies.sort { ($0.position, $0.value) < ($1.position, $1.value) }
        var inserted: [Int: [ScheduledLaunch]] = [:]
        for copy in copies {
            inserted[copy.position, default: []].append(
                makeCopy(of: copy.value, for: copy.readers, in: &schedule))
        }
        schedule.launches = schedule.launches.indices.flatMap { (inserted[$0] ?? []) + [schedule.launches[$0]] }
    }

    /// By value, the launches that cannot read it before the variable changes, ascending.
    private static func lateReaders(
        _ uses: ValueUses, _ launches: [Launch], _ values: [Value]
    ) -> [ValueID: [Int]] {
        var late: [ValueID: [Int]] = [:]
        var behind: [(value: ValueID, reader: Int, change: Int)] = []
        // What a launch that changes variables reads besides them; an optimiser's names thousands of values.
        var operands: [Int: Set<ValueID>] = [:]
        func reads(_ launch: Int, _ value: ValueID) -> Bool {
            if operands[launch] == nil { operands[launch] = Set(launches[launch].reads.map(\.value)) }
            return operands[launch]?.contains(value) ?? false
        }
        for value in values.indices {
            guard let next = uses.nextVersion[value] else { continue }
            for change in uses.writers[next] {
                for reader in uses.readers[value] {
                    if reader > change { behind.append((value, reader, change)) }
                    if reader == change, reads(reader, value) { late[value, default: []].append(reader) }
                }
            }
        }
        if behind.isEmpty { return late }
        // All edges that the list's order keeps; each reader behind a change adds one more if it makes no cycle.
        var graph = LaunchGraph(uses, launches, values: values)
        graph.removeEdgesBackward()
        for (value, reader, change) in behind.sorted(by: { ($0.change, $0.reader) < ($1.change, $1.reader) }) {
            if graph.reaches(from: change, to: reader) {
                late[value, default: []].append(reader)
            } else {
                graph.addEdge(from: reader, to: change)
            }
        }
        return late
    }

    /// A launch that copies what `readers` see of a value, from which they read then.
    private static func makeCopy(
        of value: ValueID, for readers: [Int], in schedule: inout Schedule
    ) -> ScheduledLaunch {
        let type = schedule.values[value].type
        let views = readers.flatMap { schedule.launches[$0].launch.reads.filter { $0.value == value }.map(\.view) }
        let begin = views.map(\.offset).min() ?? 0
        let end = max(begin, views.map(\.end).max() ?? begin)
        let isWhole = begin == 0 && end == type.count
        let copied = isWhole ? type : TensorType(type.element, [end - begin])
        schedule.values.append(Value(type: copied, storage: .scratch(offset: 0)))
        let copy = schedule.values.count - 1
        var result = ScheduledLaunch(
            .elementwise(
                .identity(of: type.element),
                inputs: [Operand(value: value, view: View(offset: begin, shape: [end - begin], strides: [1]))],
                output: Operand(value: copy, view: View(contiguous: [end - begin]))))
        for reader in Set(readers).sorted() {
            result.takePhases(of: schedule.launches[reader])
            schedule.launches[reader].launch = schedule.launches[reader].launch.mapped(reads: { operand in
                if operand.value != value { return operand }
                var moved = operand
                moved.value = copy
                moved.view.offset -= begin
                return moved
            })
        }
        return result
    }
}
