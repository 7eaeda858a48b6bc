/// A named configuration: the values that make an experiment, over the defaults of its algorithm.
public struct Preset: Sendable, Hashable {
    /// The name, as a path: `paper/td3/halfcheetah/sa-hyper`.
    public let name: String
    /// One line about it.
    public let summary: String
    public let values: [Value]

    public struct Value: Sendable, Hashable {
        /// A key of run.json, or a setting's name.
        public let key: String
        public let text: String
    }

    init(_ name: String, _ summary: String, _ values: KeyValuePairs<String, String>, _ more: [Value] = []) {
        self.name = name
        self.summary = summary
        self.values = values.map { Value(key: $0, text: $1) } + more
    }

    /// All presets, in the order of lists.
    public static let all: [Preset] = PaperPresets.all

    /// The preset of this name.
    ///
    /// - Throws: `ConfigurationError.unknownPreset`.
    public static func named(_ name: String) throws(ConfigurationError) -> Preset {
        guard let preset = all.first(where: { $0.name == name }) else {
            throw .unknownPreset(name, known: all.map(\.name))
        }
        return preset
    }

    /// The configuration that the preset alone makes.
    ///
    /// - Throws: `ConfigurationError` if this program lacks something that it names.
    public func configuration() throws(ConfigurationError) -> RunConfiguration {
        try ResolvedConfiguration([ConfigurationLayer(self)]).configuration
    }
}
