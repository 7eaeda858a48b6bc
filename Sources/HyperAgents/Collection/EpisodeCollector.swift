import HyperEnvironments

/// Plays one episode in each of many lanes, on all threads, and keeps every step.
///
/// Lanes end when their episode does or their budget is used up, so episodes are ragged; those that are done wait for the others. Each
/// collection begins with a reset, so that one which was abandoned leaves nothing behind.
public final class EpisodeCollector {
    public let environments: VectorEnvironment
    private var actions: [Float]

    public init(_ environments: VectorEnvironment) {
        self.environments = environments
        actions = [Float](repeating: 0, count: environments.count * environments.spec.actionSize)
    }

    /// Collects one episode of each lane that is included.
    ///
    /// - Parameters:
    ///   - episode: The episode that each lane begins; the same one has the same start.
    ///   - goals: What each lane's task asks for; nil leaves the goals as they are.
    ///   - budgets: Steps after which each lane ends, at most the batch's horizon; nil for the horizon.
    ///   - isIncluded: Lanes to play.
    ///   - batch: Takes the steps.
    ///   - act: Gives the actions `[lanes, actionSize]` for observations `[lanes, stateSize]` at a step of all lanes.
    ///   - shouldStop: Asked before each step.
    /// - Returns: `.abandoned` if it was stopped; then the batch means nothing.
    public func collect(
        episode: Int, goals: [TaskGoal]? = nil, budgets: [Int]? = nil, isIncluded: (Int) -> Bool = { _ in true },
        into batch: EpisodeBatch,
        act: (_ observations: UnsafeBufferPointer<Float>, _ step: Int, _ actions: UnsafeMutableBufferPointer<Float>)
            throws -> Void, shouldStop: () -> Bool
    ) throws -> PieceOutcome {
        precondition(
            batch.lanes == environments.count,
            "EpisodeCollector: \(environments.count) lanes, a batch of \(batch.lanes)")
        environments.resetAll(toEpisode: episode)
        batch.clear()
        for lane in 0..<batch.lanes {
            if let goals { try environments.setGoal(goals[lane], of: lane) }
            environments.isActive[lane] = isIncluded(lane)
        }
        for step in 0..<batch.horizon where environments.isActive.contains(true) {
            if shouldStop() { return .abandoned }
            try actions.withUnsafeMutableBufferPointer { actions in
                try act(UnsafeBufferPointer(environments.observations), step, actions)
                noteBefore(step, UnsafeBufferPointer(actions), batch)
                environments.step(UnsafeBufferPointer(actions))
            }
            for lane in 0..<batch.lanes where environments.isActive[lane] {
                noteAfter(step, lane, budget: budgets?[lane] ?? batch.horizon, batch)
            }
        }
        return .done
    }

    private func noteBefore(_ step: Int, _ actions: UnsafeBufferPointer<Float>, _ batch: EpisodeBatch) {
        let (stateSize, actionSize) = (batch.stateSize, batch.actionSize)
        for lane in 0..<batch.lanes where environments.isActive[lane] {
            let row = lane * batch.horizon + step
            for index in 0..<stateSize {
                batch.states[row * stateSize + index] = environments.observations[lane * stateSize + index]
            }
            for index in 0..<actionSize {
                batch.actions[row * actionSize + index] = actions[lane * actionSize + index]
            }
        }
    }

    private func noteAfter(_ step: Int, _ lane: Int, budget: Int, _ batch: EpisodeBatch) {
        let result = environments.results[lane]
        if result.divergence != nil {
            environments.isActive[lane] = false
            return
        }
        let row = lane * batch.horizon + step
        batch.rewards[row] = Float(result.reward)
        batch.mask[row] = 1
        batch.lengths[lane] = step + 1
        if result.isOver || step + 1 >= budget {
            environments.isActive[lane] = false
            batch.returns[lane] = environments.environments[lane].episodeReturn
        }
    }
}
