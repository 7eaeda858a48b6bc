/// Puts launches in an order that `LaunchGraph` allows, and those that a device can do at once together.
enum LaunchOrder {
    /// - Parameter kind: What makes launches fit for one call; nil for a device that runs one launch after another.
    static func apply(to schedule: inout Schedule, kind: ((Launch) -> String)?) {
        let graph = LaunchGraph(schedule.launches.map(\.launch), values: schedule.values)
        let isPrepared =
            schedule.varying.map { Preparation.preparedLaunches(of: schedule, graph, varying: $0) }
            ?? schedule.launches.map { _ in false }
        var order = OrderedLaunches(graph)
        for prepared in [true, false] {
            let members = schedule.launches.indices.filter { isPrepared[$0] == prepared }
            if let kind {
                order.appendGroups(of: members, kind: schedule.launches.map { kind($0.launch) })
            } else {
                order.appendOneByOne(members, isEager: schedule.launches.map { $0.launch.isStep })
            }
            if prepared { schedule.preparedGroups = order.groups.count }
        }
        precondition(
            order.groups.reduce(0) { $0 + $1.count } == schedule.launches.count,
            "LaunchOrder: launches of '\(schedule.program.name)' wait for each other")
        var begin = 0
        schedule.launches = order.groups.flatMap { $0.map { schedule.launches[$0] } }
        schedule.groups = order.groups.map { group in
            defer { begin += group.count }
            return begin..<begin + group.count
        }
    }
}

extension Launch {
    /// Whether the launch is a product that steps a parameter: a large one, whose operands are in a cache as long as it comes soon.
    fileprivate var isStep: Bool {
        if case .matmul(let launch) = self { return launch.step != nil }
        return false
    }
}

/// An order in the making.
private struct OrderedLaunches {
    private(set) var groups: [[Int]] = []
    private let graph: LaunchGraph
    /// By launch, how many others it still waits for.
    private var missing: [Int]

    init(_ graph: LaunchGraph) {
        self.graph = graph
        missing = graph.predecessors.map(\.count)
    }

    /// Marks a launch as done and gives those that wait for nothing any more.
    private mutating func finish(_ launch: Int) -> [Int] {
        graph.successors[launch].filter { later in
            missing[later] -= 1
            return missing[later] == 0
        }
    }

    /// Keeps the list's order as far as possible; eager launches come as soon as they can.
    mutating func appendOneByOne(_ members: [Int], isEager: [Bool]) {
        let isMember = flags(members)
        var ready = Heap()
        func key(_ launch: Int) -> Int { isEager[launch] ? launch : launch + isEager.count }
        for launch in members where missing[launch] == 0 { ready.push(key(launch)) }
        while let next = ready.pop() {
            let launch = next % isEager.count
            groups.append([launch])
            for later in finish(launch) where isMember[later] { ready.push(key(later)) }
        }
    }

    /// A list schedule: of the launches that can run, the one with the longest way to the end decides the kind, and all others of that kind
    /// that can run go with it. What nothing waits for (a bias gradient) is done when its kind comes up anyway.
    mutating func appendGroups(of members: [Int], kind: [String]) {
        let isMember = flags(members)
        let heights = heights()
        let count = kind.count
        var ready: [String: [Int]] = [:]
        // Longest way first, then the list's order.
        var leaders = Heap()
        var isDone = [Bool](repeating: false, count: count)
        let tallest = heights.max() ?? 0
        func add(_ launches: [Int]) {
            for launch in launches where isMember[launch] {
                ready[kind[launch], default: []].append(launch)
                leaders.push((tallest - heights[launch]) * count + launch)
            }
        }
        add(members.filter { missing[$0] == 0 })
        while let next = leaders.pop() {
            if isDone[next % count] { continue }
            let group = (ready.removeValue(forKey: kind[next % count]) ?? []).sorted()
            groups.append(group)
            for launch in group { isDone[launch] = true }
            for launch in group { add(finish(launch)) }
        }
    }

    private func flags(_ members: [Int]) -> [Bool] {
        var result = [Bool](repeating: false, count: missing.count)
        for member in members { result[member] = true }
        return result
    }

    /// By launch, how many launches the longest way from it to the end has.
    private func heights() -> [Int] {
        guard let ranks = graph.ranks else { return missing.map { _ in 1 } }
        var heights = missing.map { _ in 1 }
        for launch in ranks.indices.sorted(by: { ranks[$0] > ranks[$1] }) {
            for earlier in graph.predecessors[launch] { heights[earlier] = max(heights[earlier], heights[launch] + 1) }
        }
        return heights
    }
}

/// Numbers of which the smallest comes first.
private struct Heap {
    private var numbers: [Int] = []

    mutating func push(_ number: Int) {
        numbers.append(number)
        var child = numbers.count - 1
        while child > 0, case let parent = (child - 1) / 2, numbers[child] < numbers[parent] {
            numbers.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Int? {
        guard let first = numbers.first else { return nil }
        let last = numbers.removeLast()
        if numbers.isEmpty { return first }
        numbers[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < numbers.count }
            guard let least = children.min(by: { numbers[$0] < numbers[$1] }), numbers[least] < numbers[parent] else {
                return first
            }
            numbers.swapAt(least, parent)
            parent = least
        }
    }
}
