/// What an agent needs to know of a task before it makes one.
public struct EnvironmentSpec: Sendable {
    /// The task's name, as on the command line.
    public let id: String
    /// One sentence for lists of tasks.
    public let summary: String
    /// Numbers in an observation.
    public let observationSize: Int
    /// Numbers in an action.
    public let actionSize: Int
    /// The range of each number of an action. Single tasks accept others: the motors are clamped, the cost is of the raw action.
    public let actionRange: ClosedRange<Double>
    /// Control steps after which an episode is cut off.
    public let timeLimit: Int
    /// Seconds of one control step.
    public let controlTimestep: Double
    /// The goals the task can have; `.none` for a single task.
    public let goalKind: GoalKind
    /// The goal of environments that are made from this and are given none of their own.
    public private(set) var goal: TaskGoal

    /// The body that the task moves; nil for an environment that is not simulated. Defaults that were tuned for a body follow it.
    public var robot: RobotModel? { task?.robot }

    /// The MuJoCo task behind it; nil for an environment that is not simulated.
    let task: TaskDefinition?

    /// Describes an environment that does not run on MuJoCo, for example a problem with a known solution.
    public init(
        id: String, summary: String, observationSize: Int, actionSize: Int, actionRange: ClosedRange<Double> = -1...1,
        timeLimit: Int, controlTimestep: Double, goalKind: GoalKind = .none
    ) {
        self.id = id
        self.summary = summary
        self.observationSize = observationSize
        self.actionSize = actionSize
        self.actionRange = actionRange
        self.timeLimit = timeLimit
        self.controlTimestep = controlTimestep
        self.goalKind = goalKind
        goal = goalKind.standardGoal
        self.task = nil
    }

    init(_ task: TaskDefinition) {
        id = task.id
        summary = task.summary
        observationSize = task.observationSize
        actionSize = task.robot.actuatorCount
        actionRange = -1...1
        timeLimit = task.timeLimit
        controlTimestep = task.controlTimestep
        goalKind = task.goalKind
        goal = task.goalKind.standardGoal
        self.task = task
    }

    /// Every task, single tasks first.
    public static let all: [EnvironmentSpec] = TaskDefinition.all.map { EnvironmentSpec($0) }

    /// The task with this id; nil if there is none.
    public static func known(_ id: String) -> EnvironmentSpec? { all.first { $0.id == id } }

    /// The task with this id.
    ///
    /// - Throws: `EnvironmentError.unknownEnvironment`.
    public static func named(_ id: String) throws(EnvironmentError) -> EnvironmentSpec {
        guard let spec = known(id) else { throw .unknownEnvironment(id: id) }
        return spec
    }

    /// The same task with another goal.
    ///
    /// - Throws: `EnvironmentError.unfitGoal`.
    public func asking(for goal: TaskGoal) throws(EnvironmentError) -> EnvironmentSpec {
        guard goalKind.accepts(goal) else { throw .unfitGoal(task: id, goal: goal, expected: goalKind) }
        var spec = self
        spec.goal = goal
        return spec
    }
}
