import HyperAgents

/// The columns of a seed's logs; docs/metrics.md explains each.
struct LogColumns {
    /// Losses and means that the algorithm tells.
    let metrics: [String]
    /// What an evaluation measures, the deciding series first.
    let series: [String]
    /// Whether the length of the run counts iterations, which then have a column beside environment steps.
    let countsIterations: Bool

    /// Of progress.csv.
    var progress: [String] {
        let others = series.dropFirst().flatMap { ["eval_\($0)_return_mean", "eval_\($0)_return_std"] }
        return ["step"] + (countsIterations ? ["iteration"] : [])
            + ["seconds", "episodes", "episode_return", "episode_length", "eval_return_mean", "eval_return_std"]
            + others
            + metrics + ["steps_per_second"]
    }

    /// Of evaluations.csv: a row for each episode; where there are several series, with its series and task.
    var evaluations: [String] {
        ["step"] + (series.count > 1 ? ["series", "task"] : []) + ["episode", "return", "length"]
    }
}

extension LogColumns {
    init(_ agent: AgentConfiguration) {
        self.init(
            metrics: agent.metrics, series: agent.evaluationSeries, countsIterations: agent.unit == .iterations)
    }
}

/// Where in a run a row of a log belongs.
struct LogMoment {
    /// Environment steps of the seed: the axis of curves.
    let step: Int
    /// Progress units of the run.
    let completed: Int
    /// Wall-clock seconds of training.
    let seconds: Double
}
