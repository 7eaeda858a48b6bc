import HyperRandom

/// The tasks of a meta-learning run: goals to train on, and goals to test on that training never sees. A single task is a set of one.
public struct TaskSet: Hashable, Sendable {
    public let training: [TaskGoal]
    public let test: [TaskGoal]

    /// Draws the tasks of a seed, from a stream of its own: the same alone and beside other seeds, and whatever algorithm asks.
    ///
    /// Speeds are uniform in the kind's ranges, in metres per second. There are two directions, forward and backward; both are in both
    /// parts, whatever the counts (paper, appendix E).
    ///
    /// - Parameters:
    ///   - trainingCount, testCount: Speeds to draw, at least 1 each. More of them leaves the first ones as they are.
    public init(_ kind: GoalKind, seed: UInt32, trainingCount: Int = 100, testCount: Int = 30) {
        precondition(
            trainingCount > 0 && testCount > 0,
            "TaskSet: \(trainingCount) training and \(testCount) test tasks; give at least one of each")
        let stream = RandomStream(seed: seed, stream: .task)
        func speeds(_ range: ClosedRange<Double>, _ count: Int, part: UInt64) -> [TaskGoal] {
            (0..<UInt32(count)).map { lane in
                let uniform = Double(stream.uniform(step: part, lane: lane))
                return .velocity(range.lowerBound + uniform * (range.upperBound - range.lowerBound))
            }
        }
        switch kind {
        case .none: (training, test) = ([.none], [.none])
        case .direction: (training, test) = ([.direction(1), .direction(-1)], [.direction(1), .direction(-1)])
        case .velocity(let trainingRange, let testRange):
            training = speeds(trainingRange, trainingCount, part: 0)
            test = speeds(testRange, testCount, part: 1)
        }
    }
}
