/// Something whose present state can be saved, one seed at a time, and restored so that what follows is the same.
///
/// Tensors of the state store and replay rows are saved apart; this is for everything else that decides how a run goes on.
public protocol Checkpointable {
    /// Adds the seed's values.
    ///
    /// - Parameter seed: Position in the run's list of seeds.
    func save(_ seed: Int, into values: inout SavedValues) throws

    /// Takes the values back. What all seeds share is restored with each of them.
    ///
    /// - Throws: `SavedValueError` if a value is missing or impossible.
    func restore(_ seed: Int, from values: SavedValues) throws
}

/// Named numbers and texts of one seed: counters, environment states, unfinished statistics.
public struct SavedValues: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case integers([Int])
        /// Any bit patterns, also those that are not finite.
        case doubles([Double])
        case text(String)
    }

    public private(set) var values: [String: Value] = [:]

    public init() {}

    public subscript(name: String) -> Value? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// A number that is not negative and fits the counters of programs (31 bits).
    public func count(_ name: String) throws -> Int {
        let values = try integers(name)
        guard values.count == 1, (0...Int(Int32.max)).contains(values[0]) else {
            throw SavedValueError(name: name, problem: "is \(values.prefix(4)), not one number in 0...\(Int32.max)")
        }
        return values[0]
    }

    public func integers(_ name: String) throws -> [Int] {
        guard case .integers(let values) = values[name] else { throw missing(name, "integers") }
        return values
    }

    public func double(_ name: String) throws -> Double {
        let values = try doubles(name)
        guard values.count == 1 else {
            throw SavedValueError(name: name, problem: "has \(values.count) numbers, not 1")
        }
        return values[0]
    }

    public func doubles(_ name: String) throws -> [Double] {
        guard case .doubles(let values) = values[name] else { throw missing(name, "doubles") }
        return values
    }

    /// A text; nil if there is none of that name.
    public func text(_ name: String) throws -> String? {
        switch values[name] {
        case nil: nil
        case .text(let text): text
        case .integers, .doubles: throw missing(name, "a text")
        }
    }

    private func missing(_ name: String, _ kind: String) -> SavedValueError {
        SavedValueError(name: name, problem: values[name] == nil ? "is missing" : "is not \(kind)")
    }
}

/// A saved value that is missing or impossible: the checkpoint was made by another program.
public struct SavedValueError: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let problem: String

    public init(name: String, problem: String) {
        self.name = name
        self.problem = problem
    }

    public var description: String { "saved value '\(name)' \(problem)" }
}
