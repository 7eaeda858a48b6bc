/// An algorithm with its settings, whatever it is: a value that compares and copies as such.
public struct AgentConfiguration: Hashable, Sendable {
    public var base: any AlgorithmConfiguration

    public init(_ base: any AlgorithmConfiguration) { self.base = base }

    private var type: any AlgorithmConfiguration.Type { Swift.type(of: base) }

    public var algorithm: String { type.algorithm }
    public var unit: ProgressUnit { type.unit }
    /// Whether a run draws the goals of its tasks.
    public var drawsTasks: Bool { type.drawsTasks }
    /// Losses and means that its trainer tells; a column of progress.csv each.
    public var metrics: [String] { type.metrics }
    /// What an evaluation measures, the deciding one first.
    public var evaluationSeries: [String] { type.evaluationSeries }

    /// The present value of each variant, in order.
    public var variantValues: [(name: String, value: String)] { base.variantValues }

    /// The present value of a variant; nil if the algorithm has none of that name.
    public func variant(_ name: String) -> String? { variantValues.first { $0.name == name }?.value }

    /// The variants in short, for names of folders and titles: `sa-hyper`; the algorithm's name if it has none.
    public var label: String {
        variantValues.isEmpty ? algorithm : variantValues.map(\.value).joined(separator: "-")
    }

    /// The algorithm alone, as a catalogue has it.
    public var catalogue: AlgorithmCatalogue { AlgorithmCatalogue([type]) }

    /// The algorithm's defaults for a task.
    ///
    /// - Parameter changes: Variants that are to have other values than here, by name.
    /// - Throws: `SettingError` for an unknown name or value.
    public func standard(
        environment: String, changing changes: [String: String] = [:]
    ) throws(SettingError) -> AgentConfiguration {
        let variants = Dictionary(uniqueKeysWithValues: variantValues.map { ($0.name, $0.value) })
        return AgentConfiguration(
            try type.init(environment: environment, variants: variants.merging(changes) { _, new in new }))
    }

    /// The present value of a setting; nil if the algorithm has none of that name.
    public subscript(name: String) -> String? { settingTable.first { $0.name == name }?.value }

    /// The present value of a setting that is an integer; nil if the algorithm has none of that name.
    public func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    /// The settings that apply, in order; shorthands left out.
    public var appliedSettings: [SettingDescription] { base.appliedSettings }

    /// The present value of every setting that applies, in order.
    public var settingValues: [(name: String, value: String)] { base.settingValues }

    /// Every setting with its present value, in order.
    public var settingTable: [SettingDescription] { base.settingTable }

    /// Changes the settings that count progress units and shrink with the length of a run.
    ///
    /// - Parameter change: Gives the new count; what the setting does not take leaves the one before.
    public mutating func changeSharesOfLength(_ change: (_ name: String, _ count: Int) -> Int) {
        for (name, count) in base.sharesOfLength {
            do { try base.set(name, to: "\(change(name, count))") } catch { continue }
        }
    }

    /// Sets a field by name.
    ///
    /// - Throws: `SettingError` if the name is unknown, the value out of range, or the setting does not apply; nothing is
    ///   changed then.
    public mutating func set(_ name: String, to value: String) throws(SettingError) { try base.set(name, to: value) }

    /// Sets a field by name.
    ///
    /// - Parameter isStrict: Whether a text does not stand for a number, a list or a truth value.
    /// - Throws: `SettingError`, as for a text.
    public mutating func set(_ name: String, to value: SettingValue, isStrict: Bool) throws(SettingError) {
        try base.set(name, to: value, isStrict: isStrict)
    }

    /// Sets a field as a program stored it that also stored settings which do not apply, and shorthands
    /// (`Configurable.setLoosely`).
    ///
    /// - Throws: `SettingError`.
    public mutating func setLoosely(_ name: String, to value: SettingValue) throws(SettingError) {
        try base.setLoosely(name, to: value)
    }

    /// Sets several fields, in order, and checks that the result fits together.
    ///
    /// - Throws: `SettingError`.
    public mutating func set(_ settings: [(key: String, value: String)]) throws(SettingError) {
        try base.set(settings)
    }

    /// - Throws: `SettingError.conflict` if values do not fit together.
    public func validate() throws(SettingError) { try base.validate() }

    public static func == (lhs: AgentConfiguration, rhs: AgentConfiguration) -> Bool {
        AnyHashable(lhs.base) == AnyHashable(rhs.base)
    }

    public func hash(into hasher: inout Hasher) { base.hash(into: &hasher) }
}
