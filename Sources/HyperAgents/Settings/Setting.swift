/// One value of a configuration: what it is called, which values it takes, what it counts and what it changes. Options, files,
/// lists, messages, and which configurations can be compared, all follow from it.
public struct Setting<Configuration> {
    /// The key in files, in `--set` and, after two dashes, among options.
    public let name: String
    public let codec: SettingCodec
    public let unit: SettingUnit
    /// One sentence.
    public let summary: String
    /// What another value changes.
    public private(set) var effect = SettingEffect.numbers
    /// Whether defaults of other settings depend on it, so that it is settled before them.
    public private(set) var isFoundation = false
    /// Whether it is another way to set what a second setting holds, so that nothing has to be stored of it.
    public private(set) var isShorthand = false
    /// Whether it counts progress units that shrink with the length of a run.
    private(set) var isShareOfLength = false
    private var reasonAgainst: (Configuration) -> String? = { _ in nil }
    private let get: (Configuration) -> SettingValue
    private let put: (inout Configuration, SettingValue) throws(SettingError) -> Void

    /// - Parameters:
    ///   - get: Gives the present value in the codec's form.
    ///   - put: Takes a value in the codec's form; changes nothing if it throws.
    public init(
        _ name: String, _ codec: SettingCodec, unit: SettingUnit = .none, _ summary: String,
        get: @escaping (Configuration) -> SettingValue,
        put: @escaping (inout Configuration, SettingValue) throws(SettingError) -> Void
    ) {
        self.name = name
        self.codec = codec
        self.unit = unit
        self.summary = summary
        self.get = get
        self.put = put
    }

    /// What values are taken, with their unit: `an integer in 1...1000 (steps)`.
    public var expected: String { unit == .none ? codec.expected : "\(codec.expected) (\(unit.rawValue))" }

    /// The present value.
    public func value(in configuration: Configuration) -> SettingValue { get(configuration) }

    /// Why the setting has no meaning for a configuration; nil if it has one.
    public func misfit(_ configuration: Configuration) -> String? { reasonAgainst(configuration) }

    /// Changes a configuration.
    ///
    /// - Parameter isStrict: Whether a text does not stand for a number, a list or a truth value.
    /// - Throws: `SettingError` if the value is not taken or the setting does not apply; nothing is changed then.
    public func set(
        _ given: SettingValue, isStrict: Bool = false, in configuration: inout Configuration
    ) throws(SettingError) {
        guard let value = codec.read(given, isStrict: isStrict) else {
            throw SettingError.badValue(name: name, value: given.text, expected: expected)
        }
        if let reason = misfit(configuration) { throw SettingError.inapplicable(name: name, reason: reason) }
        try put(&configuration, value)
    }

    /// The setting with its value in a configuration, for lists and files.
    public func description(in configuration: Configuration) -> SettingDescription {
        SettingDescription(
            name: name, stored: get(configuration), values: codec.expected, unit: unit, effect: effect,
            isFoundation: isFoundation, summary: summary)
    }
}

/// A setting with its value, for lists and files.
public struct SettingDescription: Hashable, Sendable {
    public let name: String
    /// The value in the codec's form.
    public let stored: SettingValue
    /// What values are taken, without their unit.
    public let values: String
    public let unit: SettingUnit
    public let effect: SettingEffect
    /// Whether defaults of other settings depend on it.
    public let isFoundation: Bool
    public let summary: String

    /// The value as a command line says it.
    public var value: String { stored.text }
}

// Variations of a setting.
extension Setting {
    /// The same setting, with a reason why it does not apply to some configurations.
    public func unless(_ reason: @escaping (Configuration) -> String?) -> Setting {
        changed { $0.reasonAgainst = reason }
    }

    /// The same setting, which changes something other than the numbers.
    public func changing(_ effect: SettingEffect) -> Setting { changed { $0.effect = effect } }

    /// The same setting, marked as one on which defaults depend.
    public func asFoundation() -> Setting { changed { $0.isFoundation = true } }

    /// The same setting, marked as another way to set what a second one holds.
    public func asShorthand() -> Setting { changed { $0.isShorthand = true } }

    /// The same setting, marked as one that shrinks with the length of a run.
    public func asShareOfLength() -> Setting { changed { $0.isShareOfLength = true } }

    private func changed(_ change: (inout Setting) -> Void) -> Setting {
        var setting = self
        change(&setting)
        return setting
    }

    /// The setting of a part, as one of the whole.
    public func lifted<Whole>(to path: WritableKeyPath<Whole, Configuration>) -> Setting<Whole> {
        var setting = Setting<Whole>(
            name, codec, unit: unit, summary, get: { get($0[keyPath: path]) },
            put: { (whole, value) throws(SettingError) in try put(&whole[keyPath: path], value) })
        setting.effect = effect
        setting.isFoundation = isFoundation
        setting.isShorthand = isShorthand
        setting.isShareOfLength = isShareOfLength
        setting.reasonAgainst = { reasonAgainst($0[keyPath: path]) }
        return setting
    }
}
