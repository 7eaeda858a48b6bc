/// How long a run is, as far as its work follows from it.
public struct RunLength: Hashable, Sendable {
    /// Progress units of the whole run.
    public var units: Int
    /// Units that are behind it, with their evaluations.
    public var done: Int
    /// Units between evaluations.
    public var evaluationInterval: Int

    public init(units: Int, done: Int = 0, evaluationInterval: Int) {
        self.units = max(units, done)
        self.done = done
        self.evaluationInterval = evaluationInterval
    }

    /// Evaluations that are to come.
    public var evaluations: Int { units / evaluationInterval - done / evaluationInterval }
}

/// How often a kind of work is done; each time for all seeds at once.
public struct WorkAmount: Hashable, Sendable {
    /// For people: `gradient step`.
    public let name: String
    public let count: Int
    /// Whether something is learned by it.
    public let isLearning: Bool

    public init(_ name: String, _ count: Int, isLearning: Bool = false) {
        self.name = name
        self.count = count
        self.isLearning = isLearning
    }
}

/// The kinds of work of a run, done one by one on networks and environments of their own.
public protocol WorkTrial: AnyObject {
    /// Kinds in the order of `AlgorithmConfiguration.work`.
    var kinds: [WorkKind] { get }
    /// Returns when everything asked for is done.
    func finish() throws
}

/// A kind of work that can be timed.
public struct WorkKind {
    /// How often to do it at least, and in multiples of what: costs repeat after so many.
    public let period: Int
    /// How often it can be done at most before the next kind takes over; nil for any number.
    public let limit: Int?
    public let perform: () throws -> Void

    public init(period: Int = 1, limit: Int? = nil, perform: @escaping () throws -> Void) {
        self.period = period
        self.limit = limit
        self.perform = perform
    }
}
