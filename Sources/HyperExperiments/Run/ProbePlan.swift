import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperProbes

/// Which probes a training run makes, and how often. It decides nothing about the numbers of training.
public struct ProbePlan: Hashable, Sendable {
    /// In the order in which they are made.
    public var kinds: [ProbeKind]
    /// Environment steps between probes.
    public var interval: Int
    public var gradientAccuracy = GradientAccuracySettings()
    public var dynamicWeights = DynamicWeightsSettings()
    public var updateNoise = UpdateNoiseSettings()

    /// The paper's interval is 10,000 steps.
    public init(kinds: [ProbeKind], interval: Int = 10_000) {
        self.kinds = kinds
        self.interval = interval
    }

    /// Sets a field of a kind's settings by name.
    ///
    /// - Throws: `SettingError`.
    public mutating func set(_ name: String, to value: String, of kind: ProbeKind) throws(SettingError) {
        try set(name, to: .text(value), of: kind, isStrict: false)
    }

    private mutating func set(
        _ name: String, to value: SettingValue, of kind: ProbeKind, isStrict: Bool
    ) throws(SettingError) {
        switch kind {
        case .gradientAccuracy: try gradientAccuracy.set(name, to: value, isStrict: isStrict)
        case .dynamicWeights: try dynamicWeights.set(name, to: value, isStrict: isStrict)
        case .updateNoise: try updateNoise.set(name, to: value, isStrict: isStrict)
        }
    }

    /// The names that `set` knows.
    public func settingNames(of kind: ProbeKind) -> [String] { appliedSettings(of: kind).map(\.name) }

    private func appliedSettings(of kind: ProbeKind) -> [SettingDescription] {
        switch kind {
        case .gradientAccuracy: gradientAccuracy.appliedSettings
        case .dynamicWeights: dynamicWeights.appliedSettings
        case .updateNoise: updateNoise.appliedSettings
        }
    }

    /// The files that the probes fill.
    var tables: [ProbeTable] { kinds.flatMap(\.tables) }

    func makeProbe(
        _ kind: ProbeKind, _ views: ProbeViews, _ spec: EnvironmentSpec, pool: WorkerPool
    ) throws -> any Probe {
        switch kind {
        case .gradientAccuracy:
            try GradientAccuracyProbe(
                views.critics(for: kind), spec, settings: gradientAccuracy, pool: pool)
        case .dynamicWeights:
            try DynamicWeightsProbe(views.critics(for: kind), spec, settings: dynamicWeights, pool: pool)
        case .updateNoise: try UpdateNoiseProbe(views.repeatedUpdates(for: kind), settings: updateNoise)
        }
    }
}

extension ProbePlan: Configurable {
    /// The key of run.json.
    static let key = "probes"

    public static var settings: [Setting<ProbePlan>] {
        [
            .integer(
                "every", \.interval, 1...1_000_000_000, unit: .steps, "Environment steps between measurements."
            ).changing(.record)
        ]
    }

    /// The object of run.json.
    var json: JSONValue {
        var object = JSONObject(appliedSettings)
        for kind in kinds { object[kind.rawValue] = .object(JSONObject(appliedSettings(of: kind))) }
        return .object(object)
    }

    /// - Parameters:
    ///   - isStrict: Whether numbers have to be numbers.
    ///   - advice: What to do about a value that means nothing to this program.
    /// - Throws: `FormatError` for anything that the program would not have written.
    init(_ file: SealedObject, isStrict: Bool, advice: String) throws {
        self.init(kinds: [])
        func value(_ json: JSONValue, _ words: String) throws -> SettingValue {
            guard let value = SettingValue(json) else { throw file.failure(words, "is no plain value.\(advice)") }
            return value
        }
        for (key, json) in file.object.members {
            guard let kind = ProbeKind(rawValue: key) else {
                do { try set(key, to: value(json, key), isStrict: isStrict) } catch let error as SettingError {
                    throw file.failure(key, "is \(json.jsonText): \(error)\(advice)")
                }
                continue
            }
            kinds.append(kind)
            for (name, json) in try file.member(key).object.members {
                do { try set(name, to: value(json, name), of: kind, isStrict: isStrict) } catch let error
                    as SettingError
                {
                    throw file.failure(key, "holds \(name) = \(json.jsonText): \(error)\(advice)")
                }
            }
        }
        guard file.object["every"] != nil else { throw file.failure("every", "is missing") }
    }
}
