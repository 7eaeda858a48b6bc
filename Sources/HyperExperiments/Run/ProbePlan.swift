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
    public mutating func set(_ name: String, to value: String, of kind: ProbeKind) throws {
        switch kind {
        case .gradientAccuracy: try gradientAccuracy.set(name, to: value)
        case .dynamicWeights: try dynamicWeights.set(name, to: value)
        case .updateNoise: try updateNoise.set(name, to: value)
        }
    }

    /// The names that `set` knows.
    public func settingNames(of kind: ProbeKind) -> [String] { settingValues(of: kind).map(\.name) }

    func settingValues(of kind: ProbeKind) -> [(name: String, value: String)] {
        switch kind {
        case .gradientAccuracy: gradientAccuracy.settingValues
        case .dynamicWeights: dynamicWeights.settingValues
        case .updateNoise: updateNoise.settingValues
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

extension ProbePlan {
    /// The object of run.json.
    var json: JSONValue {
        var object = JSONObject()
        object["every"] = .integer(interval)
        for kind in kinds {
            var settings = JSONObject()
            for (name, value) in settingValues(of: kind) { settings[name] = .string(value) }
            object[kind.rawValue] = .object(settings)
        }
        return .object(object)
    }

    /// - Throws: `FormatError` for anything that the program would not have written.
    init(_ file: SealedObject) throws {
        self.init(kinds: [], interval: try file.integer("every", in: 1...1_000_000_000))
        for key in file.object.keys where key != "every" {
            guard let kind = ProbeKind(rawValue: key) else { throw file.failure(key, "is no probe") }
            kinds.append(kind)
            for (name, value) in try file.member(key).object.members {
                do { try set(name, to: value.asString ?? value.jsonText, of: kind) } catch {
                    throw file.failure(key, "holds \(name) = \(value.jsonText): \(error)")
                }
            }
        }
    }
}
