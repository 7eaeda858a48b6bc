/// Looks for seeds whose numbers are no longer finite.
public final class NumberWatch {
    /// The position of a seed in the run's list, and what is wrong with the seed.
    public typealias Finding = (position: Int, reason: String)

    private let trainer: any Trainer
    private let finiteCheck: FiniteCheck

    public init(_ trainer: any Trainer) throws {
        self.trainer = trainer
        finiteCheck = try trainer.learner.finiteNumbers()
    }

    /// Running seeds that have had a loss which was not finite. What such a loss leaves in the saved tensors (an infinite gradient
    /// stays in the moments) is what `badNumbers` looks for.
    public func badLosses() throws -> [Finding] {
        let metrics = try trainer.latestMetrics()
        let lossesWereFinite = try trainer.lossesWereFinite()
        return try trainer.isRunning.indices.filter { trainer.isRunning[$0] }.compactMap { seed -> Finding? in
            if let bad = metrics.first(where: { !$0.values[seed].isFinite }) {
                return (seed, "\(bad.name) is \(bad.values[seed]); \(try finiteCheck.explanation(seed))")
            }
            guard !lossesWereFinite[seed] else { return nil }
            return (seed, "a loss was not finite since the last look; \(try finiteCheck.explanation(seed))")
        }
    }

    /// Running seeds that have had a loss which was not finite, or have a number in their saved tensors that is not.
    public func badNumbers() throws -> [Finding] {
        let losses = try badLosses()
        let isFinite = try finiteCheck.run()
        let others = trainer.isRunning.indices.filter { seed in
            trainer.isRunning[seed] && !isFinite[seed] && !losses.contains { $0.position == seed }
        }
        return try losses + others.map { ($0, try finiteCheck.explanation($0)) }
    }
}
