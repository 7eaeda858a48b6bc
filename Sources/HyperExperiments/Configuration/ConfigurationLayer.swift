import HyperAgents

/// Where a value of a configuration comes from, from the weakest to the strongest.
public enum ValueOrigin: Hashable, Sendable, CustomStringConvertible {
    /// What holds for this algorithm, critic and environment if nobody says otherwise.
    case standard
    /// The preset of this name.
    case preset(String)
    /// The file at this path.
    case file(String)
    /// The words of a command line, such as `--set batch-size`.
    case option(String)

    /// For people: `default`, `preset paper/td3/ant/sa-hyper`, `file big-batch.json`, `--steps`.
    public var description: String {
        switch self {
        case .standard: "default"
        case .preset(let name): "preset \(name)"
        case .file(let path): "file \(path)"
        case .option(let words): words
        }
    }
}

/// Some values of a configuration under their keys, with where they come from.
///
/// Keys are those of run.json (`RunSchema`) and the names of the algorithm's settings.
public struct ConfigurationLayer: Sendable, Hashable {
    public struct Value: Sendable, Hashable {
        public let key: String
        public let value: SettingValue
        public let origin: ValueOrigin

        /// The value as a command line says it.
        public var text: String { value.text }

        public init(_ key: String, _ value: SettingValue, from origin: ValueOrigin) {
            self.key = key
            self.value = value
            self.origin = origin
        }

        /// A value as a command line says it.
        public init(_ key: String, _ text: String, from origin: ValueOrigin) {
            self.init(key, .text(text), from: origin)
        }
    }

    /// In order; of two with one key the later holds.
    public var values: [Value]

    public init(_ values: [Value]) { self.values = values }

    public init(_ preset: Preset) {
        values = preset.values.map { Value($0.key, $0.text, from: .preset(preset.name)) }
    }
}

/// Why values make no configuration.
public enum ConfigurationError: Error, Hashable, Sendable {
    case unknownPreset(String, known: [String])
    case unknownName(kind: String, String, origin: ValueOrigin, known: [String])
    case badValue(key: String, text: String, origin: ValueOrigin, expected: String)
    /// Values that are possible by themselves, but not with what else was chosen; a whole sentence.
    case unfit(String, origin: ValueOrigin)
    /// Neither preset nor file nor command line names an algorithm.
    case noAlgorithm(known: [String])
    /// The command line names another algorithm than a preset or file whose values it would take.
    case otherAlgorithm(String, wanted: String, origin: ValueOrigin)

    /// The file that the mistake stands in; nil if it is in the command line.
    public var file: String? {
        switch self {
        case .unknownName(_, _, .file(let path), _), .badValue(_, _, .file(let path), _),
            .unfit(_, .file(let path)):
            path
        default: nil
        }
    }
}

extension ConfigurationError {
    /// A mistake about a setting that is said at `origin`.
    public init(_ error: SettingError, from origin: ValueOrigin) {
        self =
            switch error {
            case .unknownName(let name, let known):
                .unknownName(kind: "setting", name, origin: origin, known: known + origin.otherKeys)
            case .badValue(let name, let text, let expected):
                .badValue(key: name, text: text, origin: origin, expected: expected)
            case .inapplicable, .conflict: .unfit(error.description, origin: origin)
            }
    }
}

extension ValueOrigin {
    /// What can be meant beside a setting where settings are given: a file has the other values as well.
    fileprivate var otherKeys: [String] {
        switch self {
        case .file: ConfigurationKey.allCases.map(\.rawValue)
        case .standard, .preset, .option: []
        }
    }
}
