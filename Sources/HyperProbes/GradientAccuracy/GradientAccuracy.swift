import HyperFormats
import HyperStatistics

/// How well a critic's action gradient points along that of sampled returns, over the states of one probe (paper, §3).
public struct GradientAccuracy: ProbeReading, Equatable {
    public static let kind = ProbeKind.gradientAccuracy

    /// Environment steps trained before.
    public let step: Int
    public let states: [StateGradients]
    /// α of Proposition 1: `|∇̃g − ∇̃Q| / |∇̃Q|`, where `∇̃f = mean over states of ∇π(s)·f(s)` is the gradient that the
    /// policy's parameters get; nil where `∇̃Q` is zero or unknown.
    public let relativeError: Double?
    /// Control steps that were taken to sample the returns.
    public let sampledSteps: Int

    /// The thresholds of the share columns: 0, 0.05, … 1.
    public static let thresholds = (0...20).map { Double($0) / 20 }

    /// The states' cosine similarities, where they are defined.
    public var similarities: [Double] { states.compactMap(\.cosineSimilarity) }

    /// The states' cosine similarities of the self-test, where they are defined.
    public var selfSimilarities: [Double] { states.compactMap(\.selfSimilarity) }

    /// Mean and quartiles of `similarities`; nil if there are none.
    public var similaritySpread: Spread? { Spread(similarities) }

    /// Mean and quartiles of `selfSimilarities`; nil if there are none.
    public var selfSimilaritySpread: Spread? { Spread(selfSimilarities) }

    /// The share of all states whose cosine similarity lies above a threshold; a state without one does not.
    public func share(above threshold: Double) -> Double {
        Double(similarities.count { $0 > threshold }) / Double(states.count)
    }

    /// `(1 − α) / (1 + α)²`: Proposition 1's bound on the policy's learning rate in units of 1/k̃; 0 from α = 1 on, where
    /// the proposition promises nothing.
    public var stepBound: Double? {
        relativeError.map { $0 < 1 ? (1 - $0) / ((1 + $0) * (1 + $0)) : 0 }
    }
}

extension GradientAccuracy {
    /// One row for each probe.
    static let table = ProbeTable(
        name: "gradient_accuracy",
        columns: [
            "step", "states", "undefined", "cosine_mean", "cosine_q1", "cosine_median", "cosine_q3",
            "self_cosine_mean", "self_cosine_q1", "self_cosine_median", "self_cosine_q3", "relative_error",
            "step_bound", "return_mean", "value_mean", "sampled_steps",
        ] + thresholds.map { "share_above_\(twoDecimals($0))" })

    /// One row for each state of a probe.
    static let stateTable = ProbeTable(
        name: "gradient_accuracy_states",
        columns: [
            "step", "state", "episode_step", "trajectories", "cosine", "self_cosine", "relative_error",
            "gradient_norm", "critic_gradient_norm", "determination", "return_mean", "return_std", "value", "problem",
        ])

    public var rows: [[[CSVField]]] { [[summaryRow], states.indices.map(stateRow)] }

    private var summaryRow: [CSVField] {
        func fields(_ spread: Spread?) -> [CSVField] {
            [spread?.mean, spread?.lowerQuartile, spread?.median, spread?.upperQuartile].map(field)
        }
        let counts: [CSVField] = [
            .integer(step), .integer(states.count), .integer(states.count - similarities.count),
        ]
        let rest: [CSVField] = [
            field(relativeError), field(stepBound), field(Statistics.mean(states.flatMap(\.returns))),
            field(Statistics.mean(states.map(\.value))), .integer(sampledSteps),
        ]
        return counts + fields(similaritySpread) + fields(selfSimilaritySpread) + rest
            + Self.thresholds.map { .double(share(above: $0)) }
    }

    private func stateRow(_ index: Int) -> [CSVField] {
        let state = states[index]
        return [
            .integer(step), .integer(index), .integer(state.episodeStep), .integer(state.returns.count),
            field(state.cosineSimilarity), field(state.selfSimilarity), field(state.relativeError),
            field(state.fit.map { VectorMath.norm($0.gradient) }), .double(VectorMath.norm(state.criticGradient)),
            field(state.fit?.determination), field(Statistics.mean(state.returns)),
            field(Statistics.standardDeviation(state.returns)), .double(state.value),
            state.problem.map { .text($0) } ?? .missing,
        ]
    }

    private func field(_ value: Double?) -> CSVField { value.map { .double($0) } ?? .missing }

    private static func twoDecimals(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    public var json: JSONValue {
        var object = JSONObject()
        for (name, value) in zip(Self.table.columns, summaryRow) {
            object[name] =
                switch value {
                case .integer(let number): .integer(number)
                case .double(let number): .double(number)
                case .text(let text): .string(text)
                case .missing: .null
                }
        }
        object["per_state"] = .array(states.map(\.json))
        return .object(object)
    }

    public var summary: String {
        func text(_ value: Double?) -> String { value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "undefined" }
        return "cosine similarity \(text(Statistics.mean(similarities))), "
            + "\(Int((share(above: 0.25) * 100).rounded())) % of states above 0.25, "
            + "self-test \(text(Statistics.mean(selfSimilarities)))"
    }
}
