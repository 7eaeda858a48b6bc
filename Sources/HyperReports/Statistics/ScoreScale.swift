import HyperModels
import HyperStatistics

/// The scale of normalised scores on one task (Fig. 6): what a return is worth beside mlp-standard's final return.
///
/// The paper's score is the plain ratio, `R / R_mlp-standard`. It takes a return of 0 for the beginning, which means nothing
/// where mlp-standard ends at or below 0, or begins as far below 0 as it ends above (an untrained agent would score −1 or
/// less). There, and only there, the score is `(R − R0) / (R_mlp-standard − R0)` with R0 the return before training:
/// 0 for what is untrained and 1 for mlp-standard's end, as with the ratio, whatever the signs.
struct ScoreScale: Equatable {
    /// The return that scores 0.
    let origin: Double
    /// The return that scores 1: mlp-standard's final one.
    let unit: Double
    /// That the score is no plain ratio, and why; nil if it is one.
    let remark: String?

    /// - Parameters:
    ///   - groups: All groups; that of mlp-standard on the task is looked for.
    ///   - task: The environment's identifier.
    /// - Throws: `ReportError` if mlp-standard has no final return there, or did not get beyond R0 where R0 is needed.
    init(_ groups: [CurveGroup], task: String) throws(ReportError) {
        let standard = groups.first {
            $0.configuration.environment == task && $0.configuration.agent.critic == .mlpStandard
        }
        guard let standard, let unit = standard.finalReturn, let untrained = standard.untrainedReturn else {
            throw ReportError(.incompleteRuns, "There is no final return of mlp-standard on \(task) to divide by.")
        }
        self.unit = unit
        guard unit <= max(0, -untrained.value) else {
            (origin, remark) = (0, nil)
            return
        }
        origin = untrained.value
        let words =
            "mlp-standard ends on \(task) at \(fixed(unit, decimals: 1)), and training began at "
            + "R0 = \(fixed(untrained.value, decimals: 1)) (\(untrained.source))"
        guard unit > untrained.value else {
            throw ReportError(.incompleteRuns, "\(words): that is no scale for scores.")
        }
        remark = "\(words): there the score is (R − R0) / (R of mlp-standard − R0), not the plain ratio."
    }

    func score(_ value: Double) -> Double { (value - origin) / (unit - origin) }
}

extension CurveGroup {
    /// R0, the return before training, as far as a run's folder tells it: the mean over seeds of the mean return of the
    /// episodes that ended within the random steps; where there are none, of the first evaluation.
    fileprivate var untrainedReturn: (value: Double, source: String)? {
        let random = curves.compactMap(\.randomReturn).filter(\.isFinite)
        let first = curves.compactMap(\.returns.first).filter(\.isFinite)
        let values = random.isEmpty ? first : random
        return Statistics.mean(values).map {
            ($0, random.isEmpty ? "the first evaluation" : "the episodes of random actions")
        }
    }
}
