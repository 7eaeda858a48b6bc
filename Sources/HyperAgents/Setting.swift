/// A configuration whose fields can be set by name.
public protocol Configurable {
    /// The fields, in the order of lists and files.
    static var settings: [Setting<Self>] { get }
}

/// Why a setting was refused.
public enum SettingError: Error, Hashable, Sendable {
    case unknownName(String, known: [String])
    case badValue(name: String, value: String, expected: String)
}

/// A setting for lists.
public struct SettingDescription: Hashable, Sendable {
    public let name: String
    public let value: String
    /// What values are taken.
    public let expected: String
    public let summary: String
}

/// One field of a configuration that users set as `name=value`.
public struct Setting<Configuration> {
    public let name: String
    public let summary: String
    /// What values are taken: `an integer in 1...1000`.
    public let expected: String
    let read: (Configuration) -> String
    let write: (inout Configuration, String) -> Bool

    static func integer(
        _ name: String, _ path: WritableKeyPath<Configuration, Int>, _ range: ClosedRange<Int>, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, expected: "an integer in \(range)", read: { "\($0[keyPath: path])" },
            write: { configuration, text in
                guard let value = Int(text), range.contains(value) else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }

    static func number(
        _ name: String, _ path: WritableKeyPath<Configuration, Double>, _ range: ClosedRange<Double>,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, expected: "a number in \(range)", read: { "\($0[keyPath: path])" },
            write: { configuration, text in
                guard let value = Double(text), range.contains(value) else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ path: WritableKeyPath<Configuration, Value>, _ summary: String
    ) -> Setting {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(
            name: name, summary: summary, expected: "one of \(names)", read: { $0[keyPath: path].rawValue },
            write: { configuration, text in
                guard let value = Value(rawValue: text) else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }
}

extension Configurable {
    /// The present value of every setting, in order.
    public var settingValues: [(name: String, value: String)] {
        Self.settings.map { ($0.name, $0.read(self)) }
    }

    /// Every setting with its present value, in order.
    public var settingTable: [SettingDescription] {
        Self.settings.map {
            SettingDescription(name: $0.name, value: $0.read(self), expected: $0.expected, summary: $0.summary)
        }
    }

    /// Sets a field by name.
    ///
    /// - Throws: `SettingError` if the name is unknown or the value out of range; nothing is changed then.
    public mutating func set(_ name: String, to value: String) throws {
        guard let setting = Self.settings.first(where: { $0.name == name }) else {
            throw SettingError.unknownName(name, known: Self.settings.map(\.name))
        }
        guard setting.write(&self, value) else {
            throw SettingError.badValue(name: name, value: value, expected: setting.expected)
        }
    }
}
