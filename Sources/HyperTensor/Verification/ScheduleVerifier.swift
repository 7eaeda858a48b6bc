/// Says what is wrong with a schedule after a pass; nothing if it keeps the rules that the pass has to leave.
///
/// It knows nothing of how passes work: it looks at the launches alone. That the numbers are right is the interpreter's to say.
struct ScheduleVerifier {
    private let schedule: Schedule
    private let launches: [Launch]
    private let uses: ValueUses
    private var problems: [String] = []

    /// - Parameter pass: The last pass that has run.
    static func problems(in schedule: Schedule, after pass: SchedulePass) -> [String] {
        var verifier = ScheduleVerifier(schedule)
        guard verifier.namesExistingValues() else { return verifier.problems }
        verifier.checkLaunches()
        verifier.checkVersions()
        verifier.checkWriters()
        let position = { (pass: SchedulePass) in SchedulePass.allCases.firstIndex(of: pass) ?? 0 }
        if position(pass) < position(.snapshots) { verifier.checkProgramOrder() }
        if position(pass) >= position(.snapshots) {
            verifier.checkHazards(isOrdered: position(pass) >= position(.order))
        }
        if position(pass) >= position(.order) { verifier.checkGroups() }
        if pass == .buffers { verifier.problems += MemoryCheck(schedule).problems() }
        return verifier.problems
    }

    private init(_ schedule: Schedule) {
        self.schedule = schedule
        launches = schedule.launches.map(\.launch)
        uses = ValueUses(launches, values: schedule.values)
    }

    private func label(_ index: Int) -> String { "launch \(index) (\(launches[index].name))" }

    // MARK: Types

    private mutating func namesExistingValues() -> Bool {
        for (index, launch) in launches.enumerated() {
            for value in launch.readValues + launch.writtenValues where !schedule.values.indices.contains(value) {
                problems.append("\(label(index)) names value \(value) of \(schedule.values.count)")
            }
        }
        return problems.isEmpty
    }

    private mutating func checkLaunches() {
        for (index, launch) in launches.enumerated() {
            for operand in launch.reads + launch.writes {
                let count = schedule.values[operand.value].type.count
                if operand.view.offset < 0 || operand.view.end > max(count, operand.view.offset) {
                    problems.append("\(label(index)) sees \(operand.view) of a value of \(count) elements")
                }
            }
            if let problem = LaunchRules.problem(with: launch, schedule.values) {
                problems.append("\(label(index)): \(problem)")
            }
        }
        for (output, value) in zip(schedule.program.outputs, schedule.outputs) {
            guard schedule.values.indices.contains(value) else {
                problems.append("output '\(output.name)' is no value")
                continue
            }
            if !schedule.values[value].storage.isScratch || schedule.values[value].type != output.type {
                problems.append("output '\(output.name)' \(output.type) has no memory of its own")
            }
            if uses.writers[value].isEmpty, output.type.count > 0 {
                problems.append("output '\(output.name)' is never written")
            }
        }
    }

    // MARK: Versions

    /// Each change of each variable that the program asks for happens once.
    private mutating func checkVersions() {
        var expected: [Variable: Int] = [:]
        for node in schedule.program.nodes where !changesNothing(node) {
            for variable in node.op.assignedVariables where variable.type.count > 0 {
                expected[variable, default: 0] += 1
            }
        }
        var found: [Variable: Set<Int>] = [:]
        for (id, value) in schedule.values.enumerated() {
            guard case .variable(let variable, let version) = value.storage, version > 0, value.type.count > 0 else {
                continue
            }
            if uses.writers[id].isEmpty { problems.append("version \(version) of \(variable.name) is never written") }
            if !found[variable, default: []].insert(version).inserted {
                problems.append("version \(version) of \(variable.name) is two values")
            }
        }
        // Launches that were isolated have no program.
        if schedule.program.nodes.isEmpty { return }
        for variable in Set(expected.keys).union(found.keys).sorted(by: { $0.name < $1.name }) {
            let (wanted, got) = (expected[variable] ?? 0, found[variable] ?? [])
            if got.count != wanted {
                problems.append(
                    "\(variable.name) changes \(got.count) times, the program has it change \(wanted) times")
            }
        }
    }

    /// Whether an effect assigns no rows.
    private func changesNothing(_ node: Node) -> Bool {
        guard case .assignRows = node.op else { return false }
        return schedule.program.nodes[node.operands[0]].type.count == 0
    }

    /// What is read is written, all of it.
    private mutating func checkWriters() {
        for (id, value) in schedule.values.enumerated() {
            if case .input = value.storage, !uses.writers[id].isEmpty { problems.append("input \(id) is written") }
            if case .constant = value.storage, !uses.writers[id].isEmpty {
                problems.append("constant \(id) is written")
            }
            guard value.storage.isScratch, value.type.count > 0 else { continue }
            let isWanted = !uses.readers[id].isEmpty || schedule.outputs.contains(id)
            if uses.writers[id].isEmpty {
                if isWanted { problems.append("scratch value \(id) is read and never written") }
                continue
            }
            let blocks = uses.writers[id].flatMap { launches[$0].writes.filter { $0.value == id }.map(\.view) }
            if isWanted, !Self.cover(value.type.count, blocks) {
                problems.append("scratch value \(id) of \(value.type) is not written everywhere")
            }
        }
    }

    private static func cover(_ count: Int, _ blocks: [View]) -> Bool {
        if blocks.contains(where: { $0.offset == 0 && $0.isContiguous && $0.count == count }) { return true }
        var isWritten = [Bool](repeating: false, count: count)
        for block in blocks {
            block.forEachElement { if isWritten.indices.contains($0) { isWritten[$0] = true } }
        }
        return !isWritten.contains(false)
    }

    // MARK: Order

    /// Values are written before they are read, in the list's order.
    private mutating func checkProgramOrder() {
        for id in schedule.values.indices {
            guard let last = uses.writers[id].last else { continue }
            for reader in uses.readers[id] where reader < last {
                problems.append("\(label(reader)) reads value \(id) before \(label(last)) writes it")
            }
        }
    }

    /// Somebody can do the launches in an order in which each reads what it names; in the list's own order, once that is final.
    private mutating func checkHazards(isOrdered: Bool) {
        let graph = LaunchGraph(uses, launches, values: schedule.values)
        if isOrdered {
            for (index, predecessors) in graph.predecessors.enumerated() {
                for earlier in predecessors where earlier > index {
                    problems.append("\(label(index)) stands before \(label(earlier)), which it has to wait for")
                }
            }
        } else if graph.ranks == nil {
            problems.append("launches wait for each other in a circle")
        }
        for (index, launch) in launches.enumerated() {
            for written in launch.writtenValues {
                guard let old = uses.previousVersion[written] else { continue }
                for operand in launch.reads where operand.value == old && !launch.readsInPlace(operand) {
                    problems.append("\(label(index)) reads what it changes")
                }
            }
        }
    }

    private mutating func checkGroups() {
        if schedule.groups.flatMap(Array.init) != Array(launches.indices) {
            problems.append("groups do not cover the launches in order")
            return
        }
        let graph = LaunchGraph(uses, launches, values: schedule.values)
        for group in schedule.groups {
            for index in group {
                for earlier in graph.predecessors[index] where group.contains(earlier) {
                    problems.append("\(label(index)) runs at once with \(label(earlier)), which it has to wait for")
                }
            }
        }
        guard let varying = schedule.varying else {
            if schedule.preparedGroups > 0 { problems.append("groups are prepared, but everything may change") }
            return
        }
        let prepared = Preparation.preparedLaunches(of: schedule, graph, varying: varying)
        for group in schedule.groups.prefix(schedule.preparedGroups) {
            for index in group where !prepared[index] {
                problems.append("\(label(index)) is prepared, but depends on what changes")
            }
        }
    }
}

extension Launch {
    /// Whether an operand is read element by element before the same element is written.
    func readsInPlace(_ operand: Operand) -> Bool {
        guard case .elementwise(_, _, let output) = self else { return false }
        return operand.view == output.view
    }
}

extension View {
    /// Calls `visit` with the position of each element.
    func forEachElement(_ visit: (Int) -> Void) {
        func walk(_ axis: Int, _ position: Int) {
            if axis == shape.count { return visit(position) }
            for index in 0..<shape[axis] { walk(axis + 1, position + index * strides[axis]) }
        }
        walk(0, offset)
    }
}
