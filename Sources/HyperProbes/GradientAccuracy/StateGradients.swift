import HyperFormats

/// The action gradients that were found in one state, at the policy's action π(s).
public struct StateGradients: Sendable, Equatable {
    /// Control steps of the state's episode before it.
    public let episodeStep: Int
    /// Q₁(s, π(s)).
    public let value: Double
    /// ∇ₐQ₁ at π(s), the critic's own gradient.
    public let criticGradient: [Double]
    /// The discounted returns that were sampled, without those whose simulation broke down.
    public let returns: [Double]
    /// The gradient fitted to the returns; nil if the samples determine none.
    public let fit: LinearFit?
    /// The gradient fitted to Q₁'s own values at the same actions: the self-test of the estimator (paper, Fig. 8).
    public let selfFit: LinearFit?
    /// Why there is no fit.
    public let problem: String?

    init(
        episodeStep: Int, value: Double, criticGradient: [Double], actions: [[Double]], returns: [Double],
        criticValues: [Double]
    ) {
        self.episodeStep = episodeStep
        self.value = value
        self.criticGradient = criticGradient
        self.returns = returns
        var problem: String?
        func fitted(_ values: [Double]) -> LinearFit? {
            do { return try LinearFit(actions: actions, values: values) } catch {
                problem = problem ?? error.description
                return nil
            }
        }
        fit = fitted(returns)
        selfFit = fitted(criticValues)
        self.problem = problem
    }

    /// Of the critic's gradient with the one fitted to returns, in −1…1; nil where one of them has no direction.
    public var cosineSimilarity: Double? {
        fit.flatMap { VectorMath.cosineSimilarity($0.gradient, criticGradient) }
    }

    /// Of the critic's gradient with the one fitted to the critic's own values.
    public var selfSimilarity: Double? {
        selfFit.flatMap { VectorMath.cosineSimilarity($0.gradient, criticGradient) }
    }

    /// |∇ₐQ₁ − g| / |g|; nil without g, or where g is zero.
    public var relativeError: Double? {
        guard let gradient = fit?.gradient, VectorMath.norm(gradient) > 0 else { return nil }
        return VectorMath.norm(zip(criticGradient, gradient).map { $0 - $1 }) / VectorMath.norm(gradient)
    }

    var json: JSONValue {
        func numbers(_ values: [Double]?) -> JSONValue { values.map { .array($0.map { .double($0) }) } ?? .null }
        func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
        return [
            "episode_step": .integer(episodeStep), "cosine_similarity": number(cosineSimilarity),
            "self_similarity": number(selfSimilarity), "relative_error": number(relativeError),
            "value": .double(value), "returns": numbers(returns), "gradient": numbers(fit?.gradient),
            "critic_gradient": numbers(criticGradient), "self_gradient": numbers(selfFit?.gradient),
            "determination": number(fit?.determination), "problem": problem.map { .string($0) } ?? .null,
        ]
    }
}
