import HyperTensor

/// Plays episodes with a policy's weights as they are, on environments of its own.
public protocol PolicyEvaluator: AnyObject {
    /// Where the policy lies.
    var state: any StateStore { get }
    /// The tensors that decide what the policy does; to be loaded where nothing has trained it.
    var weightArenas: [Arena] { get }

    /// Evaluates.
    ///
    /// - Parameters:
    ///   - round: Numbers the evaluation; each one starts from states of its own.
    ///   - isIncluded: Seeds to evaluate, by position.
    ///   - shouldStop: Asked before each step.
    /// - Returns: One evaluation for each seed included, in order.
    func evaluate(
        round: Int, isIncluded: (Int) -> Bool, shouldStop: () -> Bool
    ) throws -> Stoppable<[SeedEvaluation]>
}

extension PolicyEvaluator {
    /// Evaluates all seeds to the end.
    public func evaluate(round: Int) throws -> [SeedEvaluation] {
        try evaluate(round: round, isIncluded: { _ in true }, shouldStop: { false }).result
    }
}
