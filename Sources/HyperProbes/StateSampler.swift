import HyperAgents
import HyperEnvironments
import HyperRandom

/// Draws states from the distribution that the policy meets without exploration.
///
/// For each state the policy is followed for n ~ U{0, …, T − 1} steps from an initial state, T being the time limit;
/// where an episode ends before, another begins. All states of all seeds are drawn side by side.
final class StateSampler {
    /// Draws of the probe stream have numbers of their own: a purpose above, the training step below.
    enum Draw: UInt64 {
        case stepCount = 1
        case actionNoise = 2

        func number(_ step: Int) -> UInt64 { rawValue << 56 | UInt64(step) }
    }

    let environments: VectorEnvironment
    /// Drawn for each seed.
    let count: Int
    private let streams: [RandomStream]
    private let policy: any Policy
    private var actions: [Float]

    /// - Parameters:
    ///   - environments: `count` for each seed, one after the other.
    ///   - policy: Made for `count` observations of each seed.
    ///   - randomSeeds: What each seed's draws are a function of.
    init(count: Int, environments: VectorEnvironment, policy: any Policy, randomSeeds: [UInt32]) {
        precondition(
            environments.count == count * randomSeeds.count, "StateSampler: \(count) environments for each seed")
        self.count = count
        self.environments = environments
        self.policy = policy
        streams = randomSeeds.map { RandomStream(seed: $0, stream: .probe) }
        actions = [Float](repeating: 0, count: environments.count * environments.spec.actionSize)
    }

    /// Draws; `environments` then are in the states drawn, and their observations are current.
    ///
    /// - Returns: For each seed and state where it was met, nil for seeds left out; nil if stopped.
    func draw(
        step: Int, isIncluded: (Int) -> Bool, progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> [EnvironmentSnapshot?]? {
        let limit = environments.spec.timeLimit
        // No episode of another training step is met again: fewer than `limit` begin in a draw.
        environments.resetAll(toEpisode: step * limit)
        var left = environments.environments.indices.map { index -> Int in
            let stream = streams[index / count]
            return Int(
                stream.integer(
                    below: UInt32(limit), step: Draw.stepCount.number(step), lane: UInt32(index % count)))
        }
        for index in left.indices where !isIncluded(index / count) { left[index] = 0 }
        let total = left.max() ?? 0
        for done in 0..<total {
            if shouldStop() { return nil }
            for index in left.indices { environments.isActive[index] = left[index] > 0 }
            try actions.withUnsafeMutableBufferPointer { buffer in
                try policy.act(UnsafeBufferPointer(environments.observations), into: buffer)
                environments.step(UnsafeBufferPointer(buffer))
            }
            for index in left.indices where left[index] > 0 {
                left[index] -= 1
                if environments.results[index].isOver { environments.reset(index) }
            }
            progress(Double(done + 1) / Double(total))
        }
        return environments.environments.enumerated().map { isIncluded($0 / count) ? $1.snapshot() : nil }
    }

    /// What the policy does in the states drawn, `[seeds, count, actionSize]`.
    func policyActions() throws -> [Float] {
        try actions.withUnsafeMutableBufferPointer {
            try policy.act(UnsafeBufferPointer(environments.observations), into: $0)
        }
        return actions
    }
}
