/// Why a setting was refused.
public enum SettingError: Error, Hashable, Sendable {
    case unknownName(String, known: [String])
    case badValue(name: String, value: String, expected: String)
    /// The setting has no meaning with what else was chosen.
    case inapplicable(name: String, reason: String)
    /// Settings that are possible by themselves, but not together; a whole sentence.
    case conflict(String)
}

extension SettingError: CustomStringConvertible {
    /// A whole sentence.
    public var description: String {
        switch self {
        case .unknownName(let name, _): "Setting '\(name)' is unknown."
        case .badValue(let name, let value, let expected): "Setting '\(name)': '\(value)' is not \(expected)."
        case .inapplicable(let name, let reason): "Setting '\(name)' does not apply: \(reason)."
        case .conflict(let sentence): sentence
        }
    }
}
