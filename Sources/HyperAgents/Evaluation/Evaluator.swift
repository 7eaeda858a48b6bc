import HyperEnvironments
import HyperParallel

/// Returns of one seed's evaluation episodes.
public struct Evaluation: Hashable, Sendable {
    /// Undiscounted, one for each episode, in environment units; nil for an episode that the simulation could not finish,
    /// since what was earned until then is no return.
    public let returns: [Double?]
    /// Control steps of each episode, until the divergence of one that was not finished.
    public let lengths: [Int]

    /// Episodes that the simulation could not finish.
    public var divergedEpisodes: Int { returns.count { $0 == nil } }

    /// Mean return of the finished episodes; nil if there is none.
    public var mean: Double? {
        let finished = returns.compactMap { $0 }
        return finished.isEmpty ? nil : finished.reduce(0, +) / Double(finished.count)
    }

    /// Standard deviation over the finished episodes (population); nil if there is none.
    public var standardDeviation: Double? {
        guard let mean else { return nil }
        let finished = returns.compactMap { $0 }
        return (finished.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finished.count)).squareRoot()
    }

    /// Mean length of the finished episodes, in control steps; nil if there is none.
    public var meanLength: Double? {
        let finished = zip(returns, lengths).filter { $0.0 != nil }.map(\.1)
        return finished.isEmpty ? nil : Double(finished.reduce(0, +)) / Double(finished.count)
    }
}

/// Runs episodes without exploration, for all seeds and episodes side by side, on environments of its own, so that
/// training is not disturbed.
public final class Evaluator {
    public let episodes: Int
    private let environments: VectorEnvironment
    private let policy: any Policy
    private let seedCount: Int
    private var actions: [Float]

    /// - Parameters:
    ///   - episodes: Episodes of each seed in an evaluation.
    ///   - policy: Made for `episodes` observations of each seed.
    ///   - environments: `seedCount · episodes`, those of one seed side by side, seeded apart from training.
    public init(episodes: Int, seedCount: Int, policy: any Policy, environments: VectorEnvironment) {
        precondition(environments.count == seedCount * episodes, "Evaluator: one environment for each seed and episode")
        self.episodes = episodes
        self.seedCount = seedCount
        self.policy = policy
        self.environments = environments
        actions = [Float](repeating: 0, count: environments.count * environments.spec.actionSize)
    }

    /// Evaluates the policy as it is now.
    ///
    /// - Parameters:
    ///   - round: Numbers the evaluation; each one starts from states of its own.
    ///   - isIncluded: Seeds to evaluate.
    /// - Returns: One evaluation for each seed; nil for those left out.
    public func evaluate(round: Int, isIncluded: (Int) -> Bool = { _ in true }) throws -> [Evaluation?] {
        // Nil means stopped, which nothing asks for here.
        try evaluate(round: round, isIncluded: isIncluded, shouldStop: { false }) ?? []
    }

    /// As `evaluate(round:isIncluded:)`, but can be stopped.
    ///
    /// - Parameters:
    ///   - round: Numbers the evaluation.
    ///   - isIncluded: Seeds to evaluate.
    ///   - shouldStop: Asked before each step; an evaluation that is stopped has no result and can be made again.
    /// - Returns: One evaluation for each seed, nil for those left out; nil if stopped.
    public func evaluate(
        round: Int, isIncluded: (Int) -> Bool, shouldStop: () -> Bool
    ) throws -> [Evaluation?]? {
        let count = environments.count
        environments.resetAll(toEpisode: round)
        var diverged = [Bool](repeating: false, count: count)
        for index in 0..<count where !isIncluded(index / episodes) { environments.isActive[index] = false }
        while environments.isActive.contains(true) {
            if shouldStop() { return nil }
            try actions.withUnsafeMutableBufferPointer { buffer in
                try policy.act(UnsafeBufferPointer(environments.observations), into: buffer)
                environments.step(UnsafeBufferPointer(buffer))
            }
            for index in 0..<count where environments.isActive[index] {
                let result = environments.results[index]
                if result.divergence != nil { diverged[index] = true }
                if result.isOver { environments.isActive[index] = false }
            }
        }
        return (0..<seedCount).map { seed -> Evaluation? in
            guard isIncluded(seed) else { return nil }
            let range = seed * episodes..<(seed + 1) * episodes
            return Evaluation(
                returns: range.map { diverged[$0] ? nil : environments.environments[$0].episodeReturn },
                lengths: range.map { environments.environments[$0].episodeStep })
        }
    }
}
