/// A caller's mistake, or a failure of the physics library, while making or changing an environment.
public enum EnvironmentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No task has this id.
    case unknownEnvironment(id: String)
    /// An array has another length than the task needs.
    case wrongSize(task: String, what: String, count: Int, expected: Int)
    /// The goal does not fit the task.
    case unfitGoal(task: String, goal: TaskGoal, expected: GoalKind)
    /// A snapshot of one task was given to an environment of another.
    case wrongTask(snapshot: String, task: String)
    /// The specification belongs to no MuJoCo task.
    case notSimulated(task: String)
    /// MuJoCo refused a call; `message` is its own text.
    case library(call: String, context: String, message: String)

    public var description: String {
        switch self {
        case .unknownEnvironment(let id):
            let known = EnvironmentSpec.all.map(\.id).joined(separator: ", ")
            return "environment: no task is called '\(id)'; there are \(known)"
        case .wrongSize(let task, let what, let count, let expected):
            return
                "environment: \(task): \(what) has \(count) numbers (\(count) ≠ \(expected)); give exactly \(expected)"
        case .unfitGoal(let task, let goal, let expected):
            return "environment: \(task): the goal \(goal) does not fit; this task takes \(expected)"
        case .wrongTask(let snapshot, let task):
            return "environment: \(task): the snapshot is of \(snapshot); restore it into an environment of that task"
        case .notSimulated(let task):
            return "environment: \(task) is not a MuJoCo task; take a specification from EnvironmentSpec.all"
        case .library(let call, let context, let message):
            return "MuJoCo: \(call) failed for \(context): \(message)"
        }
    }
}
