import Glibc
import HyperAgents
import HyperEnvironments
import HyperFormats

/// What run.json says: what a run computes, which run it is, and how it is kept.
public struct RunDescription: Sendable {
    static let name = "run.json"

    public var configuration: RunConfiguration
    /// A random name, by which the files of a run are told from those of another.
    public var identity: String
    public var checkpoints: CheckpointPolicy
    /// Whether events for TensorBoard are written beside progress.csv.
    public var writesEvents: Bool
    /// Probes while training; nil for none.
    public var probes: ProbePlan?
    /// Name of the device that computed last.
    public var device: String
    public var build: BuildIdentity

    /// A new run.
    public init(
        _ configuration: RunConfiguration, checkpoints: CheckpointPolicy, writesEvents: Bool = false,
        probes: ProbePlan? = nil, device: String,
        build: BuildIdentity
    ) {
        self.configuration = configuration
        self.checkpoints = checkpoints
        self.writesEvents = writesEvents
        self.probes = probes
        self.device = device
        self.build = build
        var generator = SystemRandomNumberGenerator()
        identity = (0..<4).map { _ in
            let digits = String(UInt32.random(in: 0 ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// What files of weights say about themselves.
    var weightsMetadata: [String: String] {
        var metadata = [
            "algorithm": configuration.algorithm, "environment": configuration.environment, "version": build.version,
        ]
        for (name, value) in configuration.agent.variantValues { metadata[name] = value }
        return metadata
    }

    /// The object of run.json.
    var json: JSONValue {
        var object = configuration.json(device: device, build: build).asObject ?? JSONObject()
        object["checkpoint_every"] = .string(checkpoints.interval.text)
        object["on_save_failure"] = .string(checkpoints.afterFailure.rawValue)
        object["tensorboard"] = .bool(writesEvents)
        object["probes"] = probes?.json
        object["run"] = .string(identity)
        return SealedJSON.sealed(object)
    }

    /// Reads run.json.
    ///
    /// - Throws: `FormatError` if it was changed, or says something impossible.
    init(contentsOf path: String, catalogue: AlgorithmCatalogue = .standard) throws {
        let file = try SealedJSON.read(path)
        let format = try file.integer("format", in: 0...Int.max)
        guard format == 1 else { throw file.failure("format", "is \(format); this program reads format 1") }
        let environment = try file.text("environment")
        guard let spec = EnvironmentSpec.all.first(where: { $0.id == environment }) else {
            throw file.failure("environment", "is '\(environment)', which is unknown")
        }
        let seeds = try file.array("seeds").map { element -> UInt32 in
            guard let seed = element.asInt, (0...Int(UInt32.max)).contains(seed) else {
                throw file.failure("seeds", "holds \(element.jsonText)")
            }
            return UInt32(seed)
        }
        guard !seeds.isEmpty, seeds.count <= 1024, Set(seeds).count == seeds.count else {
            throw file.failure("seeds", "must be 1 to 1024 different numbers")
        }
        let limit = 1...1_000_000_000
        let name = try file.text("algorithm")
        guard let algorithm = catalogue.named(name) else {
            throw file.failure("algorithm", "is '\(name)', which is unknown")
        }
        var variants: [String: String] = [:]
        for variant in algorithm.variants {
            let value = try file.text(variant.name)
            guard variant.values.contains(value) else {
                throw file.failure(variant.name, "is '\(value)', which is unknown")
            }
            variants[variant.name] = value
        }
        configuration = RunConfiguration(
            algorithm: algorithm, environment: environment, variants: variants, seeds: seeds,
            steps: try file.integer("steps", in: limit),
            evaluationInterval: try file.integer("eval_every", in: limit),
            evaluationEpisodes: try file.integer("eval_episodes", in: 1...1000),
            logInterval: try file.integer("log_every", in: limit))
        build = BuildIdentity(version: try file.text("version"), commit: try file.text("commit"))
        let writer = "It was written by version \(build.version), commit \(build.commit); use that program."
        // Programs that knew no goals trained on the standard one.
        if !algorithm.drawsTasks { configuration.goal = spec.goal }
        if file.object["goal"] != nil {
            let text = try file.text("goal")
            guard let goal = spec.goalKind.goal(text) else {
                throw file.failure("goal", "is '\(text)', and \(environment) takes \(spec.goalKind.expected ?? "none")")
            }
            configuration.goal = goal
        }
        for (name, value) in try file.member("settings").object.members {
            do { try configuration.agent.setStored(name, to: value) } catch {
                throw file.failure("settings", "hold \(name) = \(value.jsonText): \(error) \(writer)")
            }
        }
        do { try configuration.agent.validate() } catch {
            throw file.failure("settings", "do not fit together: \(error) \(writer)")
        }
        let interval = try file.text("checkpoint_every")
        guard let interval = CheckpointInterval(interval) else {
            throw file.failure("checkpoint_every", "is '\(interval)', neither steps nor a time")
        }
        let response = try file.text("on_save_failure")
        guard let response = CheckpointPolicy.FailureResponse(rawValue: response) else {
            let known = CheckpointPolicy.FailureResponse.allCases.map(\.rawValue).joined(separator: ", ")
            throw file.failure("on_save_failure", "is '\(response)'; known are \(known)")
        }
        checkpoints = CheckpointPolicy(interval: interval, afterFailure: response)
        // The first programs do not say.
        guard let writesEvents = (file.object["tensorboard"] ?? false).asBool else {
            throw file.failure("tensorboard", "is neither true nor false")
        }
        self.writesEvents = writesEvents
        probes = try file.object["probes"] == nil ? nil : ProbePlan(file.member("probes"))
        identity = try file.text("run")
        device = try file.text("device")
    }
}

extension RunConfiguration {
    /// What decides the numbers of a run, whatever its length, seeds and device: checkpoints fit runs that agree in it.
    public var comparable: JSONValue {
        var object = json(device: "", build: BuildIdentity(version: "", commit: "")).asObject ?? JSONObject()
        for key in ["device", "version", "commit", "steps", "seeds"] { object[key] = nil }
        return .object(object)
    }

    /// Whether `stored`, the comparable part of another configuration, computes the same. A setting that it does not name
    /// counts as the default: the program that wrote it did not have the setting yet.
    func agrees(with stored: JSONValue) -> Bool {
        guard var theirs = stored.asObject, var ours = comparable.asObject,
            let settings = theirs["settings"]?.asObject
        else { return false }
        var other: AgentConfiguration
        do { other = try agent.standard(environment: environment) } catch { return false }
        for (name, value) in settings.members {
            do { try other.setStored(name, to: value) } catch { return false }
        }
        (theirs["settings"], ours["settings"]) = (nil, nil)
        // Programs that knew no goals trained on the standard one.
        if theirs["goal"] == nil, goal == EnvironmentSpec.all.first(where: { $0.id == environment })?.goal {
            ours["goal"] = nil
        }
        return theirs == ours && other.settingValues.elementsEqual(agent.settingValues) { $0 == $1 }
    }
}

extension AgentConfiguration {
    /// Sets a field as a file of a run holds it. Earlier programs also wrote settings that do not apply; where the value is
    /// the default, what they computed is what this program computes.
    fileprivate mutating func setStored(_ name: String, to value: JSONValue) throws(SettingError) {
        // Earlier programs stored the head size behind the widths that it had cut; set again, it would cut what was given later.
        if isShorthand(name) { return }
        let text = value.asString ?? value.jsonText
        do { try set(name, to: text) } catch {
            let isDefault = settingTable.contains { $0.name == name && $0.value == text }
            guard case .inapplicable = error, isDefault else { throw error }
        }
    }
}
