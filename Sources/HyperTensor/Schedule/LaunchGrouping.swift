/// Reorders launches so that many independent ones of a kind stand together.
///
/// A list schedule: of the launches whose predecessors are done, the one with the longest way to the end decides the kind, and all
/// others of that kind that could run go with it. What nothing waits for (a bias gradient) is done when its kind comes up anyway.
struct LaunchGrouping {
    let dependencies: LaunchDependencies

    init(_ parts: [LaunchPart], values: [Value]) {
        dependencies = LaunchDependencies(parts.map(\.launch), values: values)
    }

    /// Indices of launches, group by group.
    func groups<Kind: Hashable>(kind: [Kind]) -> [[Int]] {
        let predecessors = dependencies.predecessors
        var height = [Int](repeating: 1, count: predecessors.count)
        for index in predecessors.indices.reversed() {
            for earlier in predecessors[index] { height[earlier] = max(height[earlier], height[index] + 1) }
        }
        var waiting = Set(predecessors.indices)
        var result: [[Int]] = []
        while !waiting.isEmpty {
            let ready = waiting.filter { predecessors[$0].allSatisfy { !waiting.contains($0) } }.sorted()
            guard let leader = ready.max(by: { (height[$0], -$0) < (height[$1], -$1) }) else { break }
            let group = ready.filter { kind[$0] == kind[leader] }
            result.append(group)
            waiting.subtract(group)
        }
        return result
    }
}
