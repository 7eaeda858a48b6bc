/// A configuration whose fields can be set by name.
public protocol Configurable {
    /// The fields, in the order of lists and files.
    static var settings: [Setting<Self>] { get }

    /// - Throws: `SettingError.conflict` if values do not fit together.
    func validate() throws(SettingError)
}

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
    /// Why the setting has no meaning for a configuration; nil if it has one.
    var misfit: (Configuration) -> String? = { _ in nil }
    /// Whether it is another way to set what a second setting holds, so that nothing has to be stored of it.
    var isShorthand = false
    /// Whether it counts progress units that shrink with the length of a run.
    var isShareOfLength = false

    /// The setting's present value, as `set` takes it.
    public func value(in configuration: Configuration) -> String { read(configuration) }

    /// The same setting, with a reason why it does not apply to some configurations.
    func unless(_ misfit: @escaping (Configuration) -> String?) -> Setting {
        var setting = self
        setting.misfit = misfit
        return setting
    }

    /// The same setting, marked as one that shrinks with the length of a run.
    func asShareOfLength() -> Setting {
        var setting = self
        setting.isShareOfLength = true
        return setting
    }

    public static func integer(
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

    public static func number(
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

    /// A list of integers, as 256,512,1024.
    public static func integers(
        _ name: String, _ path: WritableKeyPath<Configuration, [Int]>, _ range: ClosedRange<Int>,
        count: ClosedRange<Int>, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary,
            expected: "a list of \(count.lowerBound) to \(count.upperBound) integers in \(range), as 256,512",
            read: { $0[keyPath: path].map(String.init).joined(separator: ",") },
            write: { configuration, text in
                let words = text.split(separator: ",", omittingEmptySubsequences: false)
                let values = words.compactMap { Int($0) }.filter(range.contains)
                guard values.count == words.count, count.contains(values.count) else { return false }
                configuration[keyPath: path] = values
                return true
            })
    }

    public static func choice<Value: RawRepresentable<String> & CaseIterable>(
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
    public func validate() throws(SettingError) {}

    /// The present value of every setting that applies, in order; shorthands left out: set one after another, these values make the
    /// same configuration.
    public var settingValues: [(name: String, value: String)] {
        Self.settings.filter { $0.misfit(self) == nil && !$0.isShorthand }.map { ($0.name, $0.read(self)) }
    }

    /// Every setting with its present value, in order.
    public var settingTable: [SettingDescription] {
        Self.settings.map {
            SettingDescription(name: $0.name, value: $0.read(self), expected: $0.expected, summary: $0.summary)
        }
    }

    /// The settings that count progress units and shrink with the length of a run.
    public var sharesOfLength: [(name: String, value: Int)] {
        Self.settings.filter(\.isShareOfLength).compactMap { setting in
            Int(setting.read(self)).map { (setting.name, $0) }
        }
    }

    /// Whether a setting of this name is another way to set what a second one holds.
    public static func isShorthand(_ name: String) -> Bool {
        settings.contains { $0.name == name && $0.isShorthand }
    }

    /// Sets a field by name.
    ///
    /// - Throws: `SettingError` if the name is unknown, the value out of range, or the setting does not apply; nothing is
    ///   changed then.
    public mutating func set(_ name: String, to value: String) throws(SettingError) {
        guard let setting = Self.settings.first(where: { $0.name == name }) else {
            throw SettingError.unknownName(name, known: Self.settings.map(\.name))
        }
        var changed = self
        guard setting.write(&changed, value) else {
            throw SettingError.badValue(name: name, value: value, expected: setting.expected)
        }
        if let reason = setting.misfit(self) { throw SettingError.inapplicable(name: name, reason: reason) }
        self = changed
    }

    /// Sets several fields, in order, and checks that the result fits together.
    ///
    /// - Throws: `SettingError`.
    public mutating func set(_ settings: [(key: String, value: String)]) throws(SettingError) {
        for (key, value) in settings { try set(key, to: value) }
        try validate()
    }
}
