import HyperAgents
import HyperFormats

extension SettingValue {
    /// What a file holds; nil for what no setting is: null, objects, and lists of anything but integers.
    init?(_ json: JSONValue) {
        switch json {
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .bool(let value): self = .flag(value)
        case .string(let text): self = .text(text)
        case .array(let elements):
            let values = elements.compactMap(\.asInt)
            guard values.count == elements.count else { return nil }
            self = .integers(values)
        case .null, .object: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .integer(let value): .integer(value)
        case .number(let value): .double(value)
        case .flag(let value): .bool(value)
        case .text(let text): .string(text)
        case .integers(let values): .array(values.map { .integer($0) })
        }
    }
}

extension JSONObject {
    /// Settings under their names.
    init(_ settings: [SettingDescription]) {
        self.init()
        for setting in settings { self[setting.name] = setting.stored.json }
    }
}

extension RunConfiguration {
    /// The values alone, as `ConfigurationFile` reads them.
    public var portableJSON: JSONValue { .object(object { _ in true }) }

    /// The configuration as run.json holds it.
    ///
    /// - Parameters:
    ///   - device: Name of the device that computes.
    ///   - tuning: Its `DeviceDescription.tuning`.
    ///   - build: Version and commit of the program.
    public func json(device: String, tuning: String?, build: BuildIdentity) -> JSONValue {
        var object = JSONObject([
            "format": .integer(StoredConfiguration.format), "version": .string(build.version),
            "commit": .string(build.commit), "device": .string(device),
        ])
        object["tuning"] = tuning.map { .string($0) }
        object.add(self.object { _ in true })
        return .object(object)
    }

    /// What decides the numbers of a run, whatever its length, seeds and device: checkpoints fit runs that agree in it, and
    /// reports pool them.
    public var comparable: JSONValue { .object(object { $0.effect == .numbers }) }

    /// Whether `stored`, the comparable part of another configuration, computes the same. A setting that it does not name
    /// counts as the default: the program that wrote it did not have the setting yet.
    func agrees(with stored: JSONValue) -> Bool {
        guard let object = stored.asObject else { return false }
        do {
            let other = try StoredConfiguration(object, path: "").configuration(like: self)
            return other.comparable == comparable
        } catch { return false }
    }

    private func object(_ isIncluded: (SettingDescription) -> Bool) -> JSONObject {
        var object = JSONObject(["format": .integer(StoredConfiguration.format)])
        object.add(JSONObject(commonTable.filter(isIncluded)))
        object[StoredConfiguration.settingsKey] = .object(JSONObject(agent.appliedSettings.filter(isIncluded)))
        return object
    }
}
