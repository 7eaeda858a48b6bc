import HyperAgents
import HyperFormats

/// A measurement of an agent, made between two training steps or on stored weights.
///
/// A probe draws from the random stream `probe` alone, numbered by the training step, uses environments and programs of
/// its own, and changes no state of the agent: a run with probes has the same weights, bit for bit, as one without, and
/// a probe gives the same numbers for any number of threads and whichever seeds are trained beside.
public protocol Probe<Reading>: AnyObject {
    /// What it finds out about one seed.
    associatedtype Reading: ProbeReading

    /// Measures the agent as it is now.
    ///
    /// - Parameters:
    ///   - step: Environment steps done; numbers the random draws.
    ///   - isIncluded: Seeds to measure, by position.
    ///   - progress: Told how much of the work is done, from 0 to 1.
    ///   - shouldStop: Asked now and then; a probe that is stopped has no result and can be made again.
    /// - Returns: For each seed one reading, nil for those left out.
    func measure(
        step: Int, isIncluded: (Int) -> Bool, progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> Stoppable<[Reading?]>
}

extension Probe {
    /// Measures all seeds to the end.
    public func readings(step: Int) throws -> [Reading] {
        try measure(step: step, isIncluded: { _ in true }, progress: { _ in }, shouldStop: { false })
            .result.compactMap { $0 }
    }
}

/// What a probe found out about one seed.
public protocol ProbeReading: Sendable {
    static var kind: ProbeKind { get }
    /// The rows to add to each of the kind's tables, in the tables' order; each row as wide as its table.
    var rows: [[[CSVField]]] { get }
    /// Everything, for programs.
    var json: JSONValue { get }
    /// A few words for the person who watches.
    var summary: String { get }
}

/// The probes that can be asked for by name.
public enum ProbeKind: String, Hashable, Sendable, CaseIterable {
    /// How well the critic's action gradient points along that of the true action value (paper §3, App. B).
    case gradientAccuracy = "gradient-accuracy"
    /// How the weights that a hypernetwork generates are distributed (paper §D.3).
    case dynamicWeights = "dynamic-weights"
    /// How much of an update is noise (paper §4.2, App. C).
    case updateNoise = "update-noise"

    public var summary: String {
        switch self {
        case .gradientAccuracy: "cosine similarity of the critic's action gradient with that of sampled returns"
        case .dynamicWeights: "histograms of generated weights, and their distance to those of mlp-small"
        case .updateNoise: "spread of what a policy reaches after one update, over updates from the same state"
        }
    }

    /// The files that readings fill, beside progress.csv.
    public var tables: [ProbeTable] {
        switch self {
        case .gradientAccuracy: [GradientAccuracy.table, GradientAccuracy.stateTable]
        case .dynamicWeights: [WeightReading.table, WeightReading.histogramTable]
        case .updateNoise: [UpdateNoise.table, UpdateNoise.repeatTable]
        }
    }

    /// The tables of all kinds.
    public static var allTables: [ProbeTable] { allCases.flatMap(\.tables) }

    /// Whether the untrained agent is measured, too.
    public var measuresStart: Bool {
        switch self {
        case .gradientAccuracy: false
        case .dynamicWeights: true
        case .updateNoise: false
        }
    }
}

/// A file of rows that a probe fills.
public struct ProbeTable: Hashable, Sendable {
    /// The file's name without `.csv`.
    public let name: String
    /// The first is always `step`.
    public let columns: [String]
}

/// A probe that cannot be made as asked for; programs end with status 64.
public struct ProbeError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension ProbeViews {
    /// What a probe of critics measures.
    ///
    /// - Throws: `ProbeError` if the algorithm has none.
    public func critics(for kind: ProbeKind) throws -> any ActorCriticAgent {
        guard let actorCritic else {
            throw ProbeError("\(kind.rawValue): the algorithm has no critics Q(s, a), which this probe measures")
        }
        return actorCritic
    }

    /// What a probe of updates measures.
    ///
    /// - Throws: `ProbeError` if the algorithm has none.
    public func repeatedUpdates(for kind: ProbeKind) throws -> any RepeatedUpdates {
        guard let updates else {
            throw ProbeError("\(kind.rawValue): the algorithm has no updates that can be taken back")
        }
        return updates
    }
}
