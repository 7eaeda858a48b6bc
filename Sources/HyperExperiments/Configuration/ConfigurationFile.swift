import HyperAgents
import HyperFormats

/// A configuration in a JSON file: any part of what run.json holds, and run.json itself.
///
/// ```json
/// {"algorithm": "td3", "environment": "Hopper-v2", "steps": 300000, "settings": {"batch-size": 256}}
/// ```
public enum ConfigurationFile {
    /// Members of run.json that say which run it is and how it is kept, not what it computes.
    private static let otherKeys: Set<String> = [
        "format", "version", "commit", "device", "checkpoint_every", "on_save_failure", "tensorboard", "probes", "run",
        "sha256",
    ]

    /// The values in a file; whether they fit a configuration is found out when they are resolved.
    ///
    /// - Throws: `FormatError` if the file holds no JSON object of plain values, `ConfigurationError` for an unknown key.
    public static func read(
        _ path: String, catalogue: AlgorithmCatalogue = .standard
    ) throws -> ConfigurationLayer {
        guard let object = try JSONValue(contentsOf: path).asObject else {
            throw FormatError(path: path, problem: "holds no JSON object")
        }
        let known =
            ConfigurationKey.allCases.map(\.rawValue) + catalogue.variants.map(\.name) + ["settings"]
        var values: [ConfigurationLayer.Value] = []
        for (key, value) in object.members where !otherKeys.contains(key) {
            guard known.contains(key) else {
                throw ConfigurationError.unknownName(kind: "key", key, origin: .file(path), known: known)
            }
            if key == "settings" {
                guard let settings = value.asObject else {
                    throw FormatError(path: path, problem: "\"settings\" is no object")
                }
                for (name, value) in settings.members {
                    values.append(.init(name, try text(value, name, path), from: .file(path)))
                }
            } else {
                values.append(.init(key, try text(value, key, path), from: .file(path)))
            }
        }
        return ConfigurationLayer(values)
    }

    /// A plain value as the command line would hold it; a list with commas.
    private static func text(_ value: JSONValue, _ key: String, _ path: String) throws -> String {
        switch value {
        case .string(let text): return text
        case .integer, .double, .bool: return value.jsonText
        case .array(let elements) where elements.allSatisfy({ $0.asInt != nil }):
            return elements.map(\.jsonText).joined(separator: ",")
        case .null, .array, .object:
            throw FormatError(path: path, problem: "\"\(key)\" is neither a text nor a number nor a list of integers")
        }
    }
}
