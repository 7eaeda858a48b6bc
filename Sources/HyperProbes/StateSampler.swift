import HyperAgents
import HyperEnvironments
import HyperRandom

/// Draws states from the distribution that the policy meets without exploration.
///
/// For each state the policy is followed for n ~ U{0, …, T − 1} steps from an initial state, T being the time limit;
/// where an episode ends before, another begins. Each lane draws one state after the other.
struct StateSampler {
    /// Draws of the probe stream have numbers of their own: a purpose above, the training step below.
    enum Draw: UInt64 {
        case stepCount = 1
        case actionNoise = 2

        func number(_ step: Int) -> UInt64 { rawValue << 56 | UInt64(step) }
    }

    /// The states of all seeds; those of seeds left out are nil, with zeros as observations.
    struct Drawn {
        /// `[seeds, count]`.
        var snapshots: [EnvironmentSnapshot?]
        /// `[seeds, count, stateSize]`.
        var observations: [Float]
    }

    /// Drawn for each seed.
    let count: Int
    let streams: [RandomStream]

    /// What a lane is at.
    private struct Lane {
        /// The state that is drawn; `count` or more when the lane is done.
        var state: Int
        /// Steps still to take.
        var left = 0
    }

    func draw(
        step: Int, in lanes: PolicyLanes, isIncluded: (Int) -> Bool, progress: (Double) -> Void,
        shouldStop: () -> Bool
    ) throws -> Stoppable<Drawn> {
        let environments = lanes.environments
        let size = environments.spec.observationSize
        var drawn = Drawn(
            snapshots: [EnvironmentSnapshot?](repeating: nil, count: streams.count * count),
            observations: [Float](repeating: 0, count: streams.count * count * size))
        var work = environments.environments.indices.map { index in
            Lane(state: isIncluded(index / lanes.count) ? index % lanes.count : count)
        }
        var finished = 0
        /// Begins the lane's walks up to one that takes a step, and notes the states where those before end.
        func load(_ index: Int) {
            while work[index].state < count {
                if work[index].left > 0 { break }
                begin(&work[index], index, step, lanes)
                if work[index].left == 0 { note(index) }
            }
            environments.isActive[index] = work[index].state < count
        }
        func note(_ index: Int) {
            let row = index / lanes.count * count + work[index].state
            drawn.snapshots[row] = environments.environments[index].snapshot()
            drawn.observations.replaceSubrange(
                row * size..<(row + 1) * size, with: environments.observation(of: index))
            work[index].state += lanes.count
            finished += 1
        }
        let total = Double(max(1, streams.indices.count { isIncluded($0) } * count))
        for index in work.indices { load(index) }
        while environments.isActive.contains(true) {
            if shouldStop() { return .stopped }
            try lanes.act()
            lanes.step()
            for index in work.indices where environments.isActive[index] {
                if environments.results[index].isOver { environments.reset(index) }
                work[index].left -= 1
                guard work[index].left == 0 else { continue }
                note(index)
                load(index)
            }
            progress(Double(finished) / total)
        }
        return .done(drawn)
    }

    /// Puts a lane at the start of its next walk.
    private func begin(_ lane: inout Lane, _ index: Int, _ step: Int, _ lanes: PolicyLanes) {
        let limit = lanes.environments.spec.timeLimit
        let stream = streams[index / lanes.count]
        lane.left = Int(
            stream.integer(below: UInt32(limit), step: Draw.stepCount.number(step), lane: UInt32(lane.state)))
        // No episode is met twice: fewer than `limit` begin on a walk.
        lanes.environments.reset(index, toEpisode: (step * count + lane.state) * limit)
    }
}
