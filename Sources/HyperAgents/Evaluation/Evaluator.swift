import HyperEnvironments
import HyperTensor

/// Runs episodes of one task without exploration, for all seeds and episodes side by side, so that training is not disturbed.
public final class Evaluator: PolicyEvaluator {
    /// The one series that it measures.
    public static let series = "return"

    public let episodes: Int
    public let state: any StateStore
    public let weightArenas: [Arena]
    private let environments: VectorEnvironment
    private let policy: any Policy
    private let seedCount: Int
    private var actions: [Float]

    /// - Parameters:
    ///   - episodes: Episodes of each seed in an evaluation.
    ///   - policy: Made for `episodes` observations of each seed.
    ///   - state, weightArenas: Where the policy lies.
    ///   - environments: `seedCount · episodes`, those of one seed side by side, seeded apart from training.
    public init(
        episodes: Int, seedCount: Int, policy: any Policy, state: any StateStore, weightArenas: [Arena],
        environments: VectorEnvironment
    ) {
        precondition(environments.count == seedCount * episodes, "Evaluator: one environment for each seed and episode")
        self.episodes = episodes
        self.seedCount = seedCount
        self.policy = policy
        self.state = state
        self.weightArenas = weightArenas
        self.environments = environments
        actions = [Float](repeating: 0, count: environments.count * environments.spec.actionSize)
    }

    public func evaluate(
        round: Int, isIncluded: (Int) -> Bool, shouldStop: () -> Bool
    ) throws -> Stoppable<[SeedEvaluation]> {
        let count = environments.count
        environments.resetAll(toEpisode: round)
        var diverged = [Bool](repeating: false, count: count)
        for index in 0..<count where !isIncluded(index / episodes) { environments.isActive[index] = false }
        while environments.isActive.contains(true) {
            if shouldStop() { return .stopped }
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
        let included = (0..<seedCount).filter(isIncluded)
        return .done(
            included.map { seed in
                let range = seed * episodes..<(seed + 1) * episodes
                let evaluation = Evaluation(
                    returns: range.map { diverged[$0] ? nil : environments.environments[$0].episodeReturn },
                    lengths: range.map { environments.environments[$0].episodeStep })
                return SeedEvaluation(position: seed, series: [.init(Self.series, tasks: [evaluation])])
            })
    }
}
