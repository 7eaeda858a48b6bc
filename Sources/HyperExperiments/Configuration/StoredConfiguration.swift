import HyperAgents
import HyperFormats

/// What an object of run.json, of a manifest or of a configuration file says, in the spelling of this version.
///
/// Format 2 writes numbers as numbers, lists as lists, and keys as the command line spells them. Format 1 wrote every setting
/// as a text and some keys with underscores. Files that people write may leave the format out, and are read as either.
struct StoredConfiguration {
    static let format = 2
    static let settingsKey = "settings"
    /// Members that tell which program wrote a run, and which run it is.
    static let provenance: Set<String> = [
        "format", "version", "commit", "device", "tuning", RunDescription.retunedKey, "run", "sha256",
    ]
    private static let oldKeys = [
        "eval_every": "eval-every", "eval_episodes": "eval-episodes", "log_every": "log-every",
        "checkpoint_every": "checkpoint-every", "on_save_failure": "on-save-failure",
    ]

    let path: String
    /// Nil for a file that does not say.
    let format: Int?
    /// Everything but the format and the settings, in order.
    let members: JSONObject
    /// The settings of the algorithm; nil without any.
    let settings: JSONObject?
    /// What to do about a value that means nothing to this program.
    var advice = ""

    /// Numbers have to be numbers.
    var isStrict: Bool { format == Self.format }

    /// - Throws: `FormatError` for another format, a key that is given in both spellings, or settings that are no object.
    init(_ object: JSONObject, path: String) throws {
        self.path = path
        func failure(_ key: String, _ problem: String) -> FormatError {
            FormatError(path: path, problem: "\"\(key)\" \(problem)")
        }
        if let value = object["format"] {
            guard let number = value.asInt, (1...Self.format).contains(number) else {
                throw failure(
                    "format", "is \(value.jsonText); this program reads formats 1 to \(Self.format). Use a newer one.")
            }
            format = number
        } else {
            format = nil
        }
        let translated = format == Self.format ? [:] : Self.oldKeys
        var members = JSONObject()
        for (key, value) in object.members where key != "format" && key != Self.settingsKey {
            let name = translated[key] ?? key
            guard members[name] == nil else { throw failure(key, "stands beside \"\(name)\"; give one of them") }
            members[name] = value
        }
        self.members = members
        settings = try object[Self.settingsKey].map { value in
            guard let settings = value.asObject else { throw failure(Self.settingsKey, "is no object") }
            return settings
        }
    }

    /// The configuration of a whole file: every value that decides it has to be there, but settings that the program which
    /// wrote it did not have yet.
    ///
    /// - Throws: `FormatError` that names the key, its value and what to do, for whatever this program would not have
    ///   written.
    func configuration(_ schema: RunSchema) throws -> RunConfiguration {
        try configuration(schema, from: RunConfiguration(algorithm: schema.catalogue.algorithms[0])) { _ in true }
    }

    /// The configuration of a part that leaves out what does not decide the numbers; that is as in another one.
    ///
    /// - Throws: `FormatError`, also where the algorithm is another one.
    func configuration(like other: RunConfiguration) throws -> RunConfiguration {
        try configuration(other.schema, from: other) { $0.effect == .numbers }
    }

    private func configuration(
        _ schema: RunSchema, from start: RunConfiguration, isNeeded: (Setting<RunConfiguration>) -> Bool
    ) throws -> RunConfiguration {
        var configuration = start
        for setting in schema.settings.filter(\.isFoundation) + schema.settings.filter({ !$0.isFoundation }) {
            try read(setting, of: &configuration, isNeeded: isNeeded(setting))
        }
        let own = Self.provenance.union(RunDescription.keepingKeys).union(schema.settings.map(\.name))
        if let key = members.keys.first(where: { !own.contains($0) }) {
            throw failure(key, .unknownName(key, known: []))
        }
        for (name, value) in settings?.members ?? [] {
            do {
                let given = try settingValue(value, name)
                if isStrict {
                    try configuration.agent.set(name, to: given, isStrict: true)
                } else {
                    try configuration.agent.setLoosely(name, to: given)
                }
            } catch let error as SettingError { throw failure(name, error, isSetting: true) }
        }
        do { try configuration.agent.validate() } catch {
            throw FormatError(path: path, problem: "\"\(Self.settingsKey)\" do not fit together: \(error)\(advice)")
        }
        return configuration
    }

    /// Reads one value of the table.
    ///
    /// - Parameter isNeeded: Whether it has to be there if it applies.
    /// - Throws: `FormatError`.
    func read<Configuration>(
        _ setting: Setting<Configuration>, of configuration: inout Configuration, isNeeded: Bool
    ) throws {
        guard let value = members[setting.name] else {
            // Programs that knew no goals trained on the standard one.
            let isOld = !isStrict && setting.name == ConfigurationKey.goal.rawValue
            guard !isNeeded || isOld || setting.misfit(configuration) != nil else {
                throw FormatError(path: path, problem: "\"\(setting.name)\" is missing")
            }
            return
        }
        let given = try settingValue(value, setting.name)
        do { try setting.set(given, isStrict: isStrict, in: &configuration) } catch {
            throw failure(setting.name, error)
        }
    }

    private func settingValue(_ json: JSONValue, _ name: String) throws -> SettingValue {
        guard let value = SettingValue(json) else {
            throw FormatError(
                path: path, problem: "\"\(name)\" is neither a text nor a number nor a list of integers\(advice)")
        }
        return value
    }

    /// A value that means nothing here, with what it is and what to do.
    private func failure(_ name: String, _ error: SettingError, isSetting: Bool = false) -> FormatError {
        let value = (isSetting ? settings?[name] : members[name])?.jsonText ?? "nothing"
        let words = isSetting ? "\"\(Self.settingsKey)\" hold \(name) = \(value)" : "\"\(name)\" is \(value)"
        let reason =
            switch error {
            case .unknownName: "which is unknown"
            case .badValue(_, _, let expected): "which is not \(expected)"
            case .inapplicable(_, let reason): "which does not apply: \(reason)"
            case .conflict(let sentence): sentence
            }
        return FormatError(path: path, problem: "\(words), \(reason).\(advice)")
    }
}
