/// A configuration whose fields can be set by name.
public protocol Configurable {
    /// The fields, in the order of lists and files.
    static var settings: [Setting<Self>] { get }

    /// - Throws: `SettingError.conflict` if values do not fit together.
    func validate() throws(SettingError)
}

extension Configurable {
    public func validate() throws(SettingError) {}

    /// The settings that apply, in order; shorthands left out: set one after another, their values make the same
    /// configuration.
    public var appliedSettings: [SettingDescription] {
        Self.settings.filter { $0.misfit(self) == nil && !$0.isShorthand }.map { $0.description(in: self) }
    }

    /// The present value of every setting that applies, in order, as a command line says it.
    public var settingValues: [(name: String, value: String)] { appliedSettings.map { ($0.name, $0.value) } }

    /// Every setting with its present value, in order.
    public var settingTable: [SettingDescription] { Self.settings.map { $0.description(in: self) } }

    /// The settings that count progress units and shrink with the length of a run.
    public var sharesOfLength: [(name: String, value: Int)] {
        Self.settings.filter(\.isShareOfLength).compactMap { setting in
            if case .integer(let value) = setting.value(in: self) { (setting.name, value) } else { nil }
        }
    }

    /// Sets a field by name.
    ///
    /// - Throws: `SettingError` if the name is unknown, the value out of range, or the setting does not apply; nothing is
    ///   changed then.
    public mutating func set(_ name: String, to value: String) throws(SettingError) {
        try set(name, to: .text(value), isStrict: false)
    }

    /// Sets a field by name.
    ///
    /// - Parameter isStrict: Whether a text does not stand for a number, a list or a truth value.
    /// - Throws: `SettingError`, as for a text.
    public mutating func set(_ name: String, to value: SettingValue, isStrict: Bool) throws(SettingError) {
        try Self.setting(name).set(value, isStrict: isStrict, in: &self)
    }

    /// Sets several fields, in order, and checks that the result fits together.
    ///
    /// - Throws: `SettingError`.
    public mutating func set(_ settings: [(key: String, value: String)]) throws(SettingError) {
        for (key, value) in settings { try set(key, to: value) }
        try validate()
    }

    /// Sets a field as a program stored it that also stored settings which do not apply, and shorthands beside what they
    /// stand for. Of these, the first hold their default, and the second would change what was stored before them.
    ///
    /// - Throws: `SettingError`.
    public mutating func setLoosely(_ name: String, to value: SettingValue) throws(SettingError) {
        let setting = try Self.setting(name)
        if setting.isShorthand { return }
        let isDefault = setting.codec.read(value) == setting.value(in: self)
        guard setting.misfit(self) == nil || !isDefault else { return }
        try setting.set(value, in: &self)
    }

    private static func setting(_ name: String) throws(SettingError) -> Setting<Self> {
        guard let setting = settings.first(where: { $0.name == name }) else {
            throw SettingError.unknownName(name, known: settings.map(\.name))
        }
        return setting
    }
}
