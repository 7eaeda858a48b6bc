import HyperAgents
import HyperEnvironments

/// Samples discounted returns: from given states a given action, then the policy to the end of the episode. All
/// trajectories of all seeds go side by side, the policy in one batch, the environments on all threads.
///
/// Trajectories lie `[seeds, trajectories, states]`, so that each thread's part holds trajectories from every state,
/// near to its end or not.
final class ReturnSampler {
    /// How trajectories ended.
    struct Outcome {
        /// Discounted sums of rewards, `[seeds, trajectories, states]`.
        var returns: [Double]
        /// γ to the power of the steps taken where the time limit cut an episode, else 0.
        var remainingDiscounts: [Double]
        /// Whether the simulation broke down, so that the return means nothing.
        var diverged: [Bool]
        /// Control steps taken.
        var lengths: [Int]

        func steps(of lanes: Range<Int>) -> Int { lengths[lanes].reduce(0, +) }
    }

    let environments: VectorEnvironment
    private let policy: any Policy
    private let discount: Double
    /// Steps for which the first action is taken.
    private let heldSteps: Int
    private var actions: [Float]

    init(environments: VectorEnvironment, policy: any Policy, discount: Double, heldSteps: Int) {
        self.environments = environments
        self.policy = policy
        self.discount = discount
        self.heldSteps = heldSteps
        actions = [Float](repeating: 0, count: environments.count * environments.spec.actionSize)
    }

    /// - Parameters:
    ///   - starts: The state that each environment begins in; nil for one that is not stepped.
    ///   - firstActions: One for each environment.
    /// - Returns: Nil if stopped. `environments` then show the last observations.
    func run(
        from starts: [EnvironmentSnapshot?], firstActions: [Float], progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> Outcome? {
        let count = environments.count
        precondition(
            starts.count == count && firstActions.count == actions.count,
            "ReturnSampler: \(starts.count) starts and \(firstActions.count) numbers of action for \(count) environments"
        )
        for (index, start) in starts.enumerated() {
            environments.isActive[index] = start != nil
            if let start { try environments.restore(start, at: index) }
        }
        var outcome = Outcome(
            returns: [Double](repeating: 0, count: count), remainingDiscounts: [Double](repeating: 0, count: count),
            diverged: [Bool](repeating: false, count: count), lengths: [Int](repeating: 0, count: count))
        let longest = environments.spec.timeLimit - (starts.compactMap { $0?.episodeStep }.min() ?? 0)
        var (step, factor) = (0, 1.0)
        while environments.isActive.contains(true) {
            if shouldStop() { return nil }
            if step < heldSteps {
                actions = firstActions
            } else {
                try actions.withUnsafeMutableBufferPointer {
                    try policy.act(UnsafeBufferPointer(environments.observations), into: $0)
                }
            }
            actions.withUnsafeBufferPointer { _ = environments.step($0) }
            for index in 0..<count where environments.isActive[index] {
                let result = environments.results[index]
                outcome.returns[index] += factor * result.reward
                outcome.lengths[index] += 1
                guard result.isOver else { continue }
                environments.isActive[index] = false
                outcome.diverged[index] = result.divergence != nil
                if !result.terminated { outcome.remainingDiscounts[index] = factor * discount }
            }
            factor *= discount
            step += 1
            progress(min(1, Double(step) / Double(max(1, longest))))
        }
        return outcome
    }
}
