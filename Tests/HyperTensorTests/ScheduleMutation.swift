import HyperRandom
import HyperReference
import HyperTestSupport

@testable import HyperTensor

/// A mistake that a pass might make, made at a random place of a schedule.
enum ScheduleMutation: String, CaseIterable {
    /// A launch is lost.
    case dropLaunch
    /// A launch comes before another one, or runs at once with it, though it has to wait for that one.
    case dropDependency
    /// An operand or a result begins a few elements off.
    case shiftOffset
    /// A result is written where a value lies that is still needed.
    case reuseLiveBuffer

    /// The schedule with the mistake, and where it is; nil if the schedule has no place for it.
    func apply(to schedule: Schedule, after pass: SchedulePass, _ choices: inout MutationChoices) -> (
        Schedule, place: String
    )? {
        switch self {
        case .dropLaunch: return Self.dropLaunch(schedule, &choices)
        case .dropDependency: return Self.dropDependency(schedule, after: pass, &choices)
        case .shiftOffset: return Self.shiftOffset(schedule, &choices)
        case .reuseLiveBuffer: return Self.reuseLiveBuffer(schedule, after: pass, &choices)
        }
    }

    private static func dropLaunch(_ schedule: Schedule, _ choices: inout MutationChoices) -> (Schedule, place: String)?
    {
        guard let index = choices.pick(Array(schedule.launches.indices)) else { return nil }
        var result = schedule
        result.launches.remove(at: index)
        result.groups = schedule.groups.compactMap { group in
            let begin = group.lowerBound - (group.lowerBound > index ? 1 : 0)
            let end = group.upperBound - (group.upperBound > index ? 1 : 0)
            return begin == end ? nil : begin..<end
        }
        return (result, "launch \(index) (\(schedule.launches[index].launch.name))")
    }

    private static func dropDependency(
        _ schedule: Schedule, after pass: SchedulePass, _ choices: inout MutationChoices
    ) -> (Schedule, place: String)? {
        let isOrdered = pass == .order || pass == .buffers
        // In between, the order of the list means nothing.
        guard
            isOrdered
                || (SchedulePass.allCases.firstIndex(of: pass) ?? 0)
                    < (SchedulePass.allCases.firstIndex(of: .snapshots) ?? 0)
        else { return nil }
        let launches = schedule.launches.map(\.launch)
        let graph = LaunchGraph(launches, values: schedule.values)
        let uses = ValueUses(launches, values: schedule.values)
        var pairs: [(Int, Int)] = []
        for (later, earlier) in graph.predecessors.enumerated() {
            for earlier in earlier {
                let isRead = Set(launches[earlier].writtenValues).intersection(launches[later].readValues)
                // Before snapshots only the way of values through launches is in the list's order.
                if isOrdered || isRead.contains(where: { uses.writers[$0].count == 1 }) {
                    pairs.append((earlier, later))
                }
            }
        }
        guard let (earlier, later) = choices.pick(pairs) else { return nil }
        var result = schedule
        let moved = result.launches.remove(at: later)
        result.launches.insert(moved, at: earlier)
        return (result, "launch \(later) before \(earlier)")
    }

    private static func shiftOffset(_ schedule: Schedule, _ choices: inout MutationChoices) -> (
        Schedule, place: String
    )? {
        // Where all elements are one number, no place is wrong.
        let isUniform = Set(schedule.launches.flatMap { $0.launch.name == "fill" ? $0.launch.writtenValues : [] })
        let places = schedule.launches.indices.flatMap { index in
            let launch = schedule.launches[index].launch
            let operands = launch.reads + launch.writes
            return operands.indices.filter { operands[$0].view.count > 0 && !isUniform.contains(operands[$0].value) }
                .map { (index, $0) }
        }
        guard let (index, position) = choices.pick(places) else { return nil }
        let delta = choices.pick([-3, -2, -1, 1, 2, 3]) ?? 1
        var count = -1
        func shifted(_ operand: Operand) -> Operand {
            count += 1
            if count != position { return operand }
            var result = operand
            result.view.offset += delta
            return result
        }
        var result = schedule
        result.launches[index].launch = schedule.launches[index].launch.mapped(reads: shifted).mapped(writes: shifted)
        return (result, "operand \(position) of launch \(index) (\(schedule.launches[index].launch.name)) by \(delta)")
    }

    private static func reuseLiveBuffer(
        _ schedule: Schedule, after pass: SchedulePass, _ choices: inout MutationChoices
    ) -> (Schedule, place: String)? {
        guard pass == .buffers else { return nil }
        // Pairs of values of which one is written while the other is still to be read.
        let uses = ValueUses(schedule.launches.map(\.launch), values: schedule.values)
        let end = schedule.launches.count
        let spans = schedule.values.indices.compactMap { id -> (id: ValueID, begin: Int, end: Int)? in
            guard schedule.values[id].storage.isScratch, schedule.values[id].type.count > 0,
                let begin = uses.writers[id].first
            else { return nil }
            return (id, begin, schedule.outputs.contains(id) ? end : uses.readers[id].last ?? begin)
        }
        let pairs = spans.flatMap { first in
            spans.filter { $0.begin > first.begin && $0.begin < first.end }.map { (first.id, $0.id) }
        }
        guard let (kept, moved) = choices.pick(pairs) else { return nil }
        var result = schedule
        result.values[moved].storage = schedule.values[kept].storage
        return (result, "value \(moved) in the place of \(kept)")
    }
}

/// Random choices that follow from a seed.
struct MutationChoices {
    private let stream: RandomStream
    private var lane: UInt32 = 0

    init(seed: UInt32) { stream = RandomStream(seed: seed, stream: .probe) }

    mutating func pick<T>(_ choices: [T]) -> T? {
        if choices.isEmpty { return nil }
        lane += 1
        return choices[Int(stream.integer(below: UInt32(choices.count), step: 7, lane: lane))]
    }
}
