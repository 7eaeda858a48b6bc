import HyperStatistics

/// Returns of one seed's evaluation episodes of one task.
public struct Evaluation: Hashable, Sendable {
    /// Undiscounted, one for each episode, in environment units; nil for an episode that the simulation could not finish,
    /// since what was earned until then is no return.
    public let returns: [Double?]
    /// Control steps of each episode, until the divergence of one that was not finished.
    public let lengths: [Int]

    public init(returns: [Double?], lengths: [Int]) {
        precondition(returns.count == lengths.count, "Evaluation: give a length for each return")
        self.returns = returns
        self.lengths = lengths
    }

    /// Episodes that the simulation could not finish.
    public var divergedEpisodes: Int { returns.count { $0 == nil } }

    /// Mean return of the finished episodes; nil if there is none.
    public var mean: Double? { Statistics.mean(returns.compactMap { $0 }) }

    /// Standard deviation over the finished episodes (population); nil if there is none.
    public var standardDeviation: Double? { Statistics.standardDeviation(returns.compactMap { $0 }) }

    /// Mean length of the finished episodes, in control steps; nil if there is none.
    public var meanLength: Double? {
        let finished = zip(returns, lengths).filter { $0.0 != nil }.map(\.1)
        return finished.isEmpty ? nil : Double(finished.reduce(0, +)) / Double(finished.count)
    }
}

/// What an evaluation measured of one seed.
public struct SeedEvaluation: Hashable, Sendable {
    /// Episodes of one kind, task by task.
    public struct Series: Hashable, Sendable {
        /// One of `AlgorithmConfiguration.evaluationSeries`.
        public let name: String
        public let tasks: [Evaluation]

        public init(_ name: String, tasks: [Evaluation]) {
            self.name = name
            self.tasks = tasks
        }

        /// All episodes, task after task.
        public var episodes: Evaluation {
            Evaluation(returns: tasks.flatMap(\.returns), lengths: tasks.flatMap(\.lengths))
        }
    }

    /// The seed's in the run's list of seeds.
    public let position: Int
    /// In the algorithm's order, the deciding one first.
    public let series: [Series]

    public init(position: Int, series: [Series]) {
        precondition(!series.isEmpty, "SeedEvaluation: give at least one series")
        self.position = position
        self.series = series
    }

    /// The episodes that decide which weights are the best.
    public var deciding: Evaluation { series[0].episodes }

    /// Episodes of all series that the simulation could not finish, and episodes in all.
    public var divergedEpisodes: Int { series.reduce(0) { $0 + $1.episodes.divergedEpisodes } }
    public var episodeCount: Int { series.reduce(0) { $0 + $1.episodes.returns.count } }
}
