/// What a meta task asks for; it enters the reward and is the oracle context. Single tasks have `.none`.
public enum TaskGoal: Hashable, Sendable, Codable, CustomStringConvertible {
    /// No goal.
    case none
    /// Run forwards (+1) or backwards (−1) along x.
    case direction(Double)
    /// Run along x at this speed, in metres per second.
    case velocity(Double)

    public var description: String {
        switch self {
        case .none: "none"
        case .direction(let sign): "direction \(sign)"
        case .velocity(let speed): "velocity \(speed)"
        }
    }

    /// The goal as users write it: `forward`, `backward`, or a speed in metres per second. `GoalKind.goal(_:)` reads it.
    public var text: String {
        switch self {
        case .none: "none"
        case .direction(let sign): sign < 0 ? "backward" : "forward"
        case .velocity(let speed): "\(speed)"
        }
    }
}

/// The goals a task can have.
public enum GoalKind: Equatable, Sendable, CustomStringConvertible {
    /// A single task.
    case none
    /// −1 or +1, both in training and in testing.
    case direction
    /// Speeds drawn uniformly from these ranges, in metres per second.
    case velocity(train: ClosedRange<Double>, test: ClosedRange<Double>)

    public var description: String {
        switch self {
        case .none: "no goal"
        case .direction: "direction -1 or +1"
        case .velocity(let train, let test):
            "velocity (training \(train.lowerBound) to \(train.upperBound), test \(test.lowerBound) to \(test.upperBound))"
        }
    }

    /// Reads a goal as users write it; nil for what is none of this kind.
    ///
    /// - Parameter text: `forward` or `backward`, 1 or −1; or a speed.
    public func goal(_ text: String) -> TaskGoal? {
        let goal: TaskGoal? =
            switch self {
            case .none: nil
            case .direction:
                switch text {
                case "forward": .direction(1)
                case "backward": .direction(-1)
                default: Double(text).map { .direction($0) }
                }
            case .velocity: Double(text).map { .velocity($0) }
            }
        return goal.flatMap { accepts($0) ? $0 : nil }
    }

    /// What `goal(_:)` reads, for messages; nil for a single task.
    public var expected: String? {
        switch self {
        case .none: nil
        case .direction: "forward or backward"
        case .velocity: "a speed in metres per second"
        }
    }

    /// A goal to show in messages and help, as users write it; nil for a single task.
    public var example: String? {
        switch self {
        case .none: nil
        case .direction: TaskGoal.direction(1).text
        case .velocity(_, let test): TaskGoal.velocity((test.lowerBound + test.upperBound) / 2).text
        }
    }

    /// The goal of an environment that was given none.
    public var standardGoal: TaskGoal {
        switch self {
        case .none: .none
        case .direction: .direction(1)
        case .velocity(let train, _): .velocity(train.upperBound)
        }
    }

    /// Whether a goal is of this kind. Speeds outside the ranges are allowed if finite: a study may ask for any.
    public func accepts(_ goal: TaskGoal) -> Bool {
        switch (self, goal) {
        case (.none, .none): true
        case (.direction, .direction(let sign)): sign == 1 || sign == -1
        case (.velocity, .velocity(let speed)): speed.isFinite
        case (.none, _), (.direction, _), (.velocity, _): false
        }
    }
}
