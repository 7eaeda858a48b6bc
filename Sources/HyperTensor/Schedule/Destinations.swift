/// Lets launches write into the variable that takes their result, in place of a copy behind them.
///
/// `assign` is a copy. Where the value that it copies is scratch memory and nothing in between still needs the variable's old version, the
/// launches that make the value write it where it belongs; an elementwise one may even read the old version there, element by element
/// (`x ← x + α·d` is one pass over memory). Whoever else reads the value reads the variable.
struct Destinations {
    private var schedule: Schedule
    private var graph: LaunchGraph
    private var writers: [[Int]]
    private var readers: [[Int]]
    private let uses: ValueUses
    private let outputs: Set<ValueID>
    private var isDropped: [Bool]

    static func apply(to schedule: inout Schedule) {
        guard schedule.launches.contains(where: { $0.launch.copy(schedule.values) != nil }) else { return }
        var pass = Destinations(schedule)
        for index in schedule.launches.indices { pass.dropCopy(index) }
        let kept = schedule.launches.indices.filter { !pass.isDropped[$0] }
        schedule.launches = kept.map { pass.schedule.launches[$0] }
    }

    private init(_ schedule: Schedule) {
        self.schedule = schedule
        let launches = schedule.launches.map(\.launch)
        uses = ValueUses(launches, values: schedule.values)
        (writers, readers) = (uses.writers, uses.readers)
        graph = LaunchGraph(uses, launches, values: schedule.values)
        outputs = Set(schedule.outputs)
        isDropped = launches.map { _ in false }
    }

    private mutating func dropCopy(_ index: Int) {
        guard let (source, output) = schedule.launches[index].launch.copy(schedule.values), isChange(output.value),
            source.isWhole(schedule.values), output.isWhole(schedule.values),
            schedule.values[source.value].storage.isScratch, !outputs.contains(source.value)
        else { return }
        let old = uses.previousVersion[output.value]
        let makers = writers[source.value]
        let others = readers[source.value].filter { $0 != index }
        guard !makers.isEmpty, others.isEmpty || uses.nextVersion[output.value] == nil,
            makers.allSatisfy({ canWrite($0, over: old, as: source.value) }),
            makers.allSatisfy({ canPrecede($0, predecessorsOf: index, except: makers) })
        else { return }
        func moved(_ operand: Operand) -> Operand {
            operand.value == source.value ? Operand(value: output.value, view: operand.view) : operand
        }
        for maker in makers {
            for earlier in graph.predecessors[index] where !makers.contains(earlier) {
                graph.addEdge(from: earlier, to: maker)
            }
            for later in graph.successors[index] where later != maker { graph.addEdge(from: maker, to: later) }
            schedule.launches[maker].launch = schedule.launches[maker].launch.mapped(writes: moved)
            schedule.launches[maker].takePhases(of: schedule.launches[index])
        }
        for other in others {
            schedule.launches[other].launch = schedule.launches[other].launch.mapped(reads: moved)
        }
        writers[output.value] = makers
        readers[output.value] = (readers[output.value] + others).sorted()
        isDropped[index] = true
    }

    /// Whether a value is a variable after a change.
    private func isChange(_ value: ValueID) -> Bool {
        if case .variable(_, let version) = schedule.values[value].storage { return version > 0 }
        return false
    }

    /// Whether a launch may write where an old version lies: it does not read that, or element by element and writes everything itself.
    private func canWrite(_ launch: Int, over old: ValueID?, as written: ValueID) -> Bool {
        let isAlone = writers[written].count == 1
        let launch = schedule.launches[launch].launch
        guard let output = launch.writes.first(where: { $0.value == written }) else { return false }
        guard let old else { return true }
        if launch.revisions.contains(where: { $0.before == old }) { return false }
        let seen = launch.reads.filter { $0.value == old }
        if seen.isEmpty { return true }
        guard isAlone, case .elementwise = launch else { return false }
        return seen.allSatisfy { $0.view == output.view }
    }

    /// Whether a launch can wait for all that another one waits for.
    private func canPrecede(_ launch: Int, predecessorsOf copy: Int, except makers: [Int]) -> Bool {
        graph.predecessors[copy].allSatisfy { earlier in
            makers.contains(earlier) || !graph.reaches(from: launch, to: earlier)
        }
    }
}
