import HyperAgents

/// Which logs and evaluations a run has made, and which are due. Both come between two progress units.
struct Agenda {
    /// The name under which a checkpoint says that the evaluation of its step is still to be made.
    static let evaluationDueName = "training.evaluation_due"

    private let logInterval: Int
    private let evaluationInterval: Int
    /// The last units at which there is nothing more to be done.
    private var logged: Int
    private var evaluated: Int

    /// - Parameters:
    ///   - completed: Progress units that are done.
    ///   - values: The checkpoint that the run goes on from; nil for a new run.
    init(_ configuration: RunConfiguration, completed: Int, resumed values: SavedValues?) throws {
        logInterval = configuration.logInterval
        evaluationInterval = configuration.evaluationInterval
        logged = completed
        evaluated = completed
        if let values, try values.count(Self.evaluationDueName) == 1 { evaluated = completed - 1 }
    }

    func isLogDue(at completed: Int) -> Bool { completed > logged && completed % logInterval == 0 }

    func isEvaluationDue(at completed: Int) -> Bool { completed > evaluated && completed % evaluationInterval == 0 }

    /// Numbers the evaluation of a unit, from 1.
    func evaluationRound(at completed: Int) -> Int { completed / evaluationInterval }

    mutating func noteLog(at completed: Int) { logged = completed }

    mutating func noteEvaluation(at completed: Int) { evaluated = completed }

    func save(at completed: Int, into values: inout SavedValues) {
        values[Self.evaluationDueName] = .integers([isEvaluationDue(at: completed) ? 1 : 0])
    }
}
