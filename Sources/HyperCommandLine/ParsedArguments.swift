/// The values of a command's options and arguments, checked against their declarations.
///
/// Asking for a name that the command does not declare, or for another kind of value, is a programming error.
public struct ParsedArguments {
    private let command: Command
    /// Parsed values by option name (with dashes) or argument name (without).
    private let values: [String: [ParsedValue]]
    private let given: Set<String>

    init(command: Command, values: [String: [ParsedValue]], given: Set<String>) {
        self.command = command
        self.values = values
        self.given = given
    }

    /// Whether an option stands on the command line, so that a preset does not override it.
    public func wasGiven(_ name: String) -> Bool {
        check(name)
        return given.contains(name)
    }

    /// Whether a flag is set.
    public func flag(_ name: String) -> Bool { wasGiven(name) }

    /// The text of an option or argument; nil if it was not given and has no default.
    public func optionalText(_ name: String) -> String? {
        value(name) { if case .text(let text) = $0 { text } else { nil } }
    }

    /// The text of an argument, a required option or one with a default.
    public func text(_ name: String) -> String { unwrap(optionalText(name), name) }

    /// All texts of a repeatable argument or option, in order.
    public func texts(_ name: String) -> [String] {
        check(name)
        return values[name, default: []].map { value in
            guard case .text(let text) = value else { preconditionFailure("\(name) holds no texts") }
            return text
        }
    }

    public func optionalIntegers(_ name: String) -> [Int]? {
        value(name) { if case .integers(let values) = $0 { values } else { nil } }
    }

    public func optionalInteger(_ name: String) -> Int? {
        value(name) { if case .integer(let value) = $0 { value } else { nil } }
    }

    public func integer(_ name: String) -> Int { unwrap(optionalInteger(name), name) }

    public func optionalNumber(_ name: String) -> Double? {
        value(name) { if case .number(let value) = $0 { value } else { nil } }
    }

    public func number(_ name: String) -> Double { unwrap(optionalNumber(name), name) }

    public func integers(_ name: String) -> [Int] { unwrap(optionalIntegers(name), name) }

    /// All values of a repeatable option of kind `.setting`, in order.
    public func settings(_ name: String) -> [(key: String, value: String)] {
        check(name)
        return values[name, default: []].map { value in
            guard case .setting(let key, let text) = value else { preconditionFailure("\(name) holds no settings") }
            return (key, text)
        }
    }

    private func value<Value>(_ name: String, _ read: (ParsedValue) -> Value?) -> Value? {
        check(name)
        return values[name]?.last.map { value in
            guard let result = read(value) else { preconditionFailure("\(name) is declared as another kind of value") }
            return result
        }
    }

    private func unwrap<Value>(_ value: Value?, _ name: String) -> Value {
        guard let value else { preconditionFailure("\(name) was not given and has no default") }
        return value
    }

    private func check(_ name: String) {
        let isDeclared = command.options.contains { $0.name == name } || command.arguments.contains { $0.name == name }
        precondition(isDeclared, "command '\(command.name)' declares no '\(name)'")
    }
}
