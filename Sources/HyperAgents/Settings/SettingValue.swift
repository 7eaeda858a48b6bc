/// A value of a configuration, as files hold it.
public enum SettingValue: Hashable, Sendable {
    case integer(Int)
    case number(Double)
    case integers([Int])
    case flag(Bool)
    /// A word; also whatever a command line says, until a codec reads it.
    case text(String)

    /// The value as a command line says it: a list with commas, a number with the fewest digits that give back its bits.
    public var text: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .integers(let values): values.map(String.init).joined(separator: ",")
        case .flag(let value): "\(value)"
        case .text(let text): text
        }
    }
}

/// What a value counts or measures.
public enum SettingUnit: String, Hashable, Sendable {
    /// Nothing: a share, a factor, a name.
    case none = "-"
    /// Environment steps of a seed.
    case steps
    /// Iterations of an algorithm that counts its progress in them (`ProgressUnit`).
    case iterations
    /// One of the two, as the algorithm counts.
    case progress = "steps or iterations"
    case transitions
    case episodes
    /// Updates of the critics.
    case updates
    /// Times the bound of an action.
    case actionLimits = "action limits"
    case metresPerSecond = "m/s"
    case states
    case trajectories
    case bins
    case blocks
    case features
}

/// What another value of a setting changes.
public enum SettingEffect: String, Hashable, Sendable {
    /// The numbers that a run computes. Runs that differ in it are not pooled, and their checkpoints do not fit.
    case numbers
    /// How much is computed, not what: the length, the seeds.
    case amount
    /// What is written down, and when.
    case record
}
