import Glibc
import HyperAgents
import HyperFormats

/// What run.json says: what a run computes, which run it is, and how it is kept.
public struct RunDescription: Sendable {
    static let name = "run.json"
    static let retunedKey = "retuned"

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
    /// Its `DeviceDescription.tuning`; nil where there is none, and in runs of programs that did not store it.
    public var tuning: String?
    /// Steps from which some seed went on with another tuning than before, in order.
    public var retunedSteps: [Int] = []
    public var build: BuildIdentity

    /// A new run.
    public init(
        _ configuration: RunConfiguration, checkpoints: CheckpointPolicy, writesEvents: Bool = false,
        probes: ProbePlan? = nil, device: String, tuning: String? = nil, build: BuildIdentity
    ) {
        self.configuration = configuration
        self.checkpoints = checkpoints
        self.writesEvents = writesEvents
        self.probes = probes
        self.device = device
        self.tuning = tuning
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

    /// How the run is kept: values that decide nothing of what it computes, in the order of run.json.
    static var keeping: [Setting<RunDescription>] {
        CheckpointPolicy.settings.map { $0.lifted(to: \.checkpoints) } + [
            .flag("tensorboard", \.writesEvents, "Write event files for TensorBoard beside progress.csv.")
                .changing(.record)
        ]
    }

    /// The keys of run.json that say how the run is kept.
    static var keepingKeys: Set<String> { Set(keeping.map(\.name) + [ProbePlan.key]) }

    /// The object of run.json.
    var json: JSONValue {
        var object = configuration.json(device: device, tuning: tuning, build: build).asObject ?? JSONObject()
        object.add(JSONObject(Self.keeping.map { $0.description(in: self) }))
        object[ProbePlan.key] = probes?.json
        if !retunedSteps.isEmpty { object[Self.retunedKey] = .array(retunedSteps.map { .integer($0) }) }
        object["run"] = .string(identity)
        return SealedJSON.sealed(object)
    }

    /// Reads run.json.
    ///
    /// - Throws: `FormatError` if it was changed, or says something impossible.
    init(contentsOf path: String, catalogue: AlgorithmCatalogue = .standard) throws {
        let file = try SealedJSON.read(path)
        guard file.object["format"] != nil else { throw file.failure("format", "is missing") }
        var stored = try StoredConfiguration(file.object, path: path)
        let build = BuildIdentity(version: try file.text("version"), commit: try file.text("commit"))
        stored.advice = " It was written by version \(build.version), commit \(build.commit); use that program."
        configuration = try stored.configuration(RunSchema(catalogue))
        self.build = build
        identity = try file.text("run")
        device = try file.text("device")
        tuning = file.object["tuning"] == nil ? nil : try file.text("tuning")
        if file.object[Self.retunedKey] != nil {
            retunedSteps = try file.array(Self.retunedKey).map { step in
                guard let step = step.asInt, step > 0 else {
                    throw file.failure(Self.retunedKey, "holds \(step.jsonText), no number of steps")
                }
                return step
            }
        }
        checkpoints = CheckpointPolicy()
        writesEvents = false
        probes =
            try stored.members[ProbePlan.key] == nil
            ? nil : ProbePlan(file.member(ProbePlan.key), isStrict: stored.isStrict, advice: stored.advice)
        for setting in Self.keeping {
            // The first programs wrote no events, and did not say so.
            let mayBeLeftOut = !stored.isStrict && setting.name == "tensorboard"
            try stored.read(setting, of: &self, isNeeded: !mayBeLeftOut)
        }
    }
}
