import HyperAgents
import HyperEnvironments

/// Samples discounted returns: from given states a given action, then the policy to the end of the episode.
///
/// Trajectories `[seeds, trajectories, states]` wait in line for the lanes of their seed, those with most of their episode
/// ahead first; a lane that is done takes the next. Which lane takes which follows from the seed's own trajectories alone,
/// so its numbers depend neither on threads nor on other seeds.
struct ReturnSampler {
    /// γ per control step.
    let discount: Double
    /// Factor of rewards, as in the critic's targets.
    let rewardScale: Double
    /// Steps for which the first action is taken.
    let heldSteps: Int

    /// How trajectories ended.
    struct Outcome {
        /// Discounted sums of scaled rewards, `[seeds, trajectories, states]`.
        var returns: [Double]
        /// γ to the power of the steps taken where the time limit cut an episode, else 0.
        var remainingDiscounts: [Double]
        /// Whether the simulation broke down, so that the return means nothing.
        var diverged: [Bool]
        /// Control steps taken.
        var lengths: [Int]
        /// `[seeds, trajectories, states, stateSize]`.
        var lastObservations: [Float]

        init(count: Int, stateSize: Int) {
            returns = [Double](repeating: 0, count: count)
            remainingDiscounts = returns
            diverged = [Bool](repeating: false, count: count)
            lengths = [Int](repeating: 0, count: count)
            lastObservations = [Float](repeating: 0, count: count * stateSize)
        }
    }

    /// - Parameters:
    ///   - starts: The state that each trajectory begins in, `[seeds, trajectories, states]`; nil for none.
    ///   - firstActions: `[seeds, trajectories, states, actionSize]`.
    func run(
        from starts: [EnvironmentSnapshot?], firstActions: [Float], in lanes: PolicyLanes, seedCount: Int,
        progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> Stoppable<Outcome> {
        let environments = lanes.environments
        let (stateSize, actionSize) = (environments.spec.observationSize, environments.spec.actionSize)
        var outcome = Outcome(count: starts.count, stateSize: stateSize)
        var lines = Self.lines(starts, seedCount: seedCount)
        /// For each lane its trajectory.
        var work = [Int?](repeating: nil, count: environments.count)
        var factors = [Double](repeating: 1, count: environments.count)
        func load(_ lane: Int) throws {
            work[lane] = lines[lane / lanes.count].popLast()
            environments.isActive[lane] = work[lane] != nil
            factors[lane] = 1
            if let trajectory = work[lane], let start = starts[trajectory] {
                try environments.restore(start, at: lane)
            }
        }
        let total = Double(max(1, lines.reduce(0) { $0 + $1.count }))
        var finished = 0
        for lane in work.indices { try load(lane) }
        while environments.isActive.contains(true) {
            if shouldStop() { return .stopped }
            try lanes.act()
            for (lane, trajectory) in work.enumerated() {
                guard let trajectory, outcome.lengths[trajectory] < heldSteps else { continue }
                lanes.actions.replaceSubrange(
                    lane * actionSize..<(lane + 1) * actionSize,
                    with: firstActions[trajectory * actionSize..<(trajectory + 1) * actionSize])
            }
            lanes.step()
            for (lane, trajectory) in work.enumerated() {
                guard let trajectory else { continue }
                let result = environments.results[lane]
                outcome.returns[trajectory] += factors[lane] * rewardScale * result.reward
                outcome.lengths[trajectory] += 1
                factors[lane] *= discount
                guard result.isOver else { continue }
                outcome.diverged[trajectory] = result.divergence != nil
                if !result.terminated { outcome.remainingDiscounts[trajectory] = factors[lane] }
                outcome.lastObservations.replaceSubrange(
                    trajectory * stateSize..<(trajectory + 1) * stateSize, with: environments.observation(of: lane))
                finished += 1
                try load(lane)
            }
            progress(Double(finished) / total)
        }
        return .done(outcome)
    }

    /// For each seed its trajectories, the one that goes first at the end.
    private static func lines(_ starts: [EnvironmentSnapshot?], seedCount: Int) -> [[Int]] {
        let part = starts.count / seedCount
        return (0..<seedCount).map { seed in
            (seed * part..<(seed + 1) * part)
                .compactMap { index in starts[index].map { (index: index, step: $0.episodeStep) } }
                .sorted { ($0.step, $0.index) > ($1.step, $1.index) }
                .map(\.index)
        }
    }
}
