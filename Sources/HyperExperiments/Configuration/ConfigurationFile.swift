import HyperAgents
import HyperFormats

/// A configuration in a JSON file: any part of what run.json holds, and run.json itself.
///
/// ```json
/// {"algorithm": "td3", "environment": "Hopper-v2", "steps": 300000, "settings": {"batch-size": 256}}
/// ```
public enum ConfigurationFile {
    /// The values in a file; whether they fit a configuration is found out when they are resolved.
    ///
    /// - Throws: `FormatError` if the file holds no JSON object of plain values or is no file of this program's formats,
    ///   `ConfigurationError` for an unknown key.
    public static func read(
        _ path: String, catalogue: AlgorithmCatalogue = .standard
    ) throws -> ConfigurationLayer {
        guard let object = try JSONValue(contentsOf: path).asObject else {
            throw FormatError(path: path, problem: "holds no JSON object")
        }
        let stored = try StoredConfiguration(object, path: path)
        let schema = RunSchema(catalogue)
        let isRun = object["run"] != nil
        if isRun, !stored.isStrict { return try oldRun(stored, schema) }
        let known = schema.settings.map(\.name)
        var values: [ConfigurationLayer.Value] = []
        for (key, value) in stored.members.members where !StoredConfiguration.provenance.contains(key) {
            if RunDescription.keepingKeys.contains(key) {
                // Of a run, they say how it was kept.
                guard !isRun else { continue }
                throw FormatError(
                    path: path, problem: "\"\(key)\" is no part of a configuration; give it on the command line")
            }
            guard known.contains(key) else {
                throw ConfigurationError.unknownName(
                    kind: "key", key, origin: .file(path), known: known + [StoredConfiguration.settingsKey])
            }
            values.append(.init(key, try plain(value, key, path), from: .file(path)))
        }
        for (name, value) in stored.settings?.members ?? [] {
            values.append(.init(name, try plain(value, name, path), from: .file(path)))
        }
        return ConfigurationLayer(values)
    }

    /// A run.json of an earlier format, which also holds settings that do not apply, and shorthands: what it names, and its goal,
    /// which the first programs did not name.
    private static func oldRun(_ stored: StoredConfiguration, _ schema: RunSchema) throws -> ConfigurationLayer {
        let named = Set(stored.members.keys + (stored.settings?.keys ?? []) + [ConfigurationKey.goal.rawValue])
        return ConfigurationLayer(
            try stored.configuration(schema).table.filter { named.contains($0.name) }.map {
                .init($0.name, $0.stored, from: .file(stored.path))
            })
    }

    private static func plain(_ json: JSONValue, _ key: String, _ path: String) throws -> SettingValue {
        guard let value = SettingValue(json) else {
            throw FormatError(
                path: path, problem: "\"\(key)\" is neither a text nor a number nor a list of integers")
        }
        return value
    }
}
