/// A named tensor that outlives a run: a parameter, a moment, a target copy, a replay table, a counter.
public struct Variable: Hashable, Sendable, CustomStringConvertible {
    /// The full name, arena first: `critic.layers.0.weight`.
    public let name: String
    public let type: TensorType
    /// The name of the arena that holds it.
    public let arena: String
    /// Where it begins in its arena, in 4-byte words.
    public let offset: Int

    public var shape: Shape { type.shape }
    public var description: String { "\(name) \(type)" }
}

/// What an arena's numbers are to the agent that has them. What is saved, exported, checked for infinities and kept as best follows.
public enum ArenaRole: String, Hashable, Sendable, CaseIterable {
    /// Weights that act: a run's result.
    case weights
    /// Copies of weights that follow them slowly.
    case target
    /// What an optimiser remembers of gradients.
    case moment
    /// Any other number that decides how learning goes on: coefficients, flags, running statistics.
    case statistic
    /// Rows of experience, saved in segments of their own.
    case experience
    /// Work space; nothing of it is needed after a run.
    case scratch
}

/// One contiguous block of memory that holds variables back to back, each aligned to 64 bytes.
///
/// Parameters that one optimiser updates share an arena; their moments and target copies lie in arenas of the same
/// layout, so Adam and soft update are single passes over memory.
public struct Arena: Hashable, Sendable {
    public let name: String
    public let variables: [Variable]
    /// 4-byte words, gaps between variables included.
    public let count: Int
    public let role: ArenaRole
}

/// The state of an agent: which arenas exist and where each variable lies.
public struct StateLayout: Sendable {
    /// 4-byte words between possible beginnings of variables: 64 bytes.
    static let alignment = 16

    public private(set) var arenas: [Arena] = []
    private var names: Set<String> = []

    public init() {}

    /// All variables, arena by arena.
    public var variables: [Variable] { arenas.flatMap(\.variables) }

    public func arena(named name: String) -> Arena? { arenas.first { $0.name == name } }

    /// Adds an arena with one variable for each (name, type); full names are `arena.name`.
    ///
    /// - Throws: `TensorError` if a name is taken.
    @discardableResult
    public mutating func addArena(
        _ name: String, _ members: [(name: String, type: TensorType)], role: ArenaRole = .weights
    ) throws -> Arena {
        var offset = 0
        var variables: [Variable] = []
        for member in members {
            let fullName = member.name.isEmpty ? name : "\(name).\(member.name)"
            guard names.insert(fullName).inserted else {
                throw TensorError("state layout: variable '\(fullName)' exists already")
            }
            variables.append(Variable(name: fullName, type: member.type, arena: name, offset: offset))
            let unit = Self.alignment
            offset += (member.type.wordCount + unit - 1) / unit * unit
        }
        guard !arenas.contains(where: { $0.name == name }) else {
            throw TensorError("state layout: arena '\(name)' exists already")
        }
        let arena = Arena(name: name, variables: variables, count: offset, role: role)
        arenas.append(arena)
        return arena
    }

    /// Adds an arena of the same layout as `other`: moments or target copies of its variables.
    ///
    /// - Parameter role: Nil for that of `other`.
    @discardableResult
    public mutating func addArena(_ name: String, like other: Arena, role: ArenaRole? = nil) throws -> Arena {
        try addArena(
            name, other.variables.map { (String($0.name.dropFirst(other.name.count + 1)), $0.type) },
            role: role ?? other.role)
    }

    /// Adds an arena that holds a single variable of the arena's own name.
    @discardableResult
    public mutating func addVariable(
        _ name: String, _ type: TensorType, role: ArenaRole = .weights
    ) throws -> Variable {
        try addArena(name, [("", type)], role: role).variables[0]
    }
}
