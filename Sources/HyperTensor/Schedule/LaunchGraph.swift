/// Which launches must be done before which others: the one notion of legality. Every pass that moves, merges or drops launches asks here.
///
/// Values never change, but a variable's memory holds one of its versions at a time. So
/// 1. whoever reads a value comes after all launches that write it; of these, one that overlaps another's block stays behind it;
/// 2. whoever reads or writes version v of a variable comes before the launches that write version v + 1.
///
/// Any order that keeps both rules gives the same numbers. If there is none, the graph has a cycle (`Snapshots` breaks it).
struct LaunchGraph {
    /// By launch, those that must be done before it; each once, ascending.
    private(set) var predecessors: [[Int]]
    /// By launch, those that must wait for it; each once, ascending.
    private(set) var successors: [[Int]]

    init(_ launches: [Launch], values: [Value]) {
        self.init(ValueUses(launches, values: values), launches, values: values)
    }

    init(_ uses: ValueUses, _ launches: [Launch], values: [Value]) {
        predecessors = launches.map { _ in [] }
        successors = predecessors
        for value in values.indices {
            for reader in uses.readers[value] {
                for writer in uses.writers[value] where writer != reader { predecessors[reader].append(writer) }
            }
            orderWriters(uses.writers[value], of: value, launches, values)
            guard let next = uses.nextVersion[value] else { continue }
            for writer in uses.writers[next] {
                predecessors[writer] += uses.readers[value].filter { $0 != writer }
                predecessors[writer] += uses.writers[value].filter { $0 != writer }
            }
        }
        finish()
    }

    private mutating func orderWriters(_ writers: [Int], of value: ValueID, _ launches: [Launch], _ values: [Value]) {
        if writers.count < 2 { return }
        let shape = values[value].type.shape
        let blocks = writers.map { writer in launches[writer].writes.first { $0.value == value }?.view }
        for later in writers.indices {
            for earlier in 0..<later {
                if let first = blocks[earlier], let second = blocks[later], first.isDisjoint(from: second, in: shape) {
                    continue
                }
                predecessors[writers[later]].append(writers[earlier])
            }
        }
    }

    /// Makes edges unique and fills `successors`.
    private mutating func finish() {
        for launch in predecessors.indices {
            predecessors[launch] = predecessors[launch].sortedOnce
            for earlier in predecessors[launch] { successors[earlier].append(launch) }
        }
    }

    // MARK: Changes

    /// Adds that one launch must be done before another.
    mutating func addEdge(from earlier: Int, to later: Int) {
        if successors[earlier].contains(later) { return }
        successors[earlier].append(later)
        predecessors[later].append(earlier)
    }

    /// Drops edges to launches that stand earlier in the list.
    mutating func removeEdgesBackward() {
        for launch in predecessors.indices {
            predecessors[launch].removeAll { $0 > launch }
            successors[launch].removeAll { $0 < launch }
        }
    }

    /// Lets one launch stand for two: whoever waited for the first, or was waited for by it, has the second instead.
    mutating func merge(_ first: Int, into second: Int) {
        for earlier in predecessors[first] {
            successors[earlier].removeAll { $0 == first }
            if earlier != second { addEdge(from: earlier, to: second) }
        }
        for later in successors[first] {
            predecessors[later].removeAll { $0 == first }
            if later != second { addEdge(from: second, to: later) }
        }
        (predecessors[first], successors[first]) = ([], [])
    }

    // MARK: Paths

    /// Whether one launch has to wait for another, directly or through others.
    ///
    /// - Parameters:
    ///   - within: Launches that the way may use; nil for all.
    func reaches(from start: Int, to end: Int, within: (Int) -> Bool = { _ in true }) -> Bool {
        reaches(from: successors[start], to: end, within: within)
    }

    /// Whether two launches, the second of which waits for the first, can become one: nothing stands between them.
    func canMerge(_ first: Int, _ second: Int, within: (Int) -> Bool = { _ in true }) -> Bool {
        !reaches(from: successors[first].filter { $0 != second }, to: second, within: within)
    }

    private func reaches(from starts: [Int], to end: Int, within: (Int) -> Bool) -> Bool {
        var seen = Set(starts)
        var stack = starts
        while let next = stack.popLast() {
            if next == end { return true }
            if !within(next) { continue }
            for launch in successors[next] where seen.insert(launch).inserted { stack.append(launch) }
        }
        return false
    }

    /// Each launch's place in some legal order; nil if there is none.
    var ranks: [Int]? {
        var missing = predecessors.map(\.count)
        var ready = missing.indices.filter { missing[$0] == 0 }
        var ranks = [Int](repeating: -1, count: missing.count)
        var count = 0
        while let next = ready.popLast() {
            ranks[next] = count
            count += 1
            for later in successors[next] {
                missing[later] -= 1
                if missing[later] == 0 { ready.append(later) }
            }
        }
        return count == missing.count ? ranks : nil
    }
}

/// Who writes and who reads each value, and which value a variable's next version is.
struct ValueUses {
    /// By value, the launches that write it, ascending.
    private(set) var writers: [[Int]]
    /// By value, the launches that read it, each once, ascending; changing it in place is reading it.
    private(set) var readers: [[Int]]
    /// By value of a variable, the value of its next version.
    private(set) var nextVersion: [ValueID?]
    /// By value of a variable, the value of the version before.
    private(set) var previousVersion: [ValueID?]

    init(_ launches: [Launch], values: [Value]) {
        writers = values.map { _ in [] }
        readers = writers
        nextVersion = values.map { _ in nil }
        previousVersion = nextVersion
        for (index, launch) in launches.enumerated() {
            for value in launch.writtenValues where writers[value].last != index { writers[value].append(index) }
            for value in launch.readValues where readers[value].last != index { readers[value].append(index) }
        }
        var versions: [Variable: [Int: ValueID]] = [:]
        for (id, value) in values.enumerated() {
            if case .variable(let variable, let version) = value.storage {
                versions[variable, default: [:]][version] = id
            }
        }
        for known in versions.values {
            for (version, id) in known {
                nextVersion[id] = known[version + 1]
                previousVersion[id] = known[version - 1]
            }
        }
    }
}

extension [Int] {
    /// The numbers ascending, each once.
    fileprivate var sortedOnce: [Int] {
        if count < 2 { return self }
        var result: [Int] = []
        result.reserveCapacity(count)
        for number in sorted() where result.last != number { result.append(number) }
        return result
    }
}

extension View {
    /// Whether two blocks of one contiguous tensor have no element in common. False if either is not a plain block.
    func isDisjoint(from other: View, in shape: Shape) -> Bool {
        guard self.shape.count == shape.rank, other.shape.count == shape.rank, isBlock(of: shape),
            other.isBlock(of: shape)
        else {
            return false
        }
        let (first, second) = (starts(in: shape), other.starts(in: shape))
        return (0..<shape.rank).contains { axis in
            first[axis] + self.shape[axis] <= second[axis] || second[axis] + other.shape[axis] <= first[axis]
        }
    }

    private func isBlock(of whole: Shape) -> Bool { strides == whole.strides }

    private func starts(in whole: Shape) -> [Int] {
        var rest = offset
        return whole.strides.enumerated().map { axis, stride in
            guard stride > 0, whole[axis] > 0 else { return 0 }
            let start = rest / stride
            rest -= start * stride
            return start
        }
    }
}
