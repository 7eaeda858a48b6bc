import HyperFormats

/// What a checkpoint holds and belongs to: `manifest.json`, the file that is written last.
struct Manifest: Equatable, Sendable {
    static let name = "manifest.json"
    static let stateName = "state.safetensors"
    static let weightsName = "weights.safetensors"
    static let format = 1

    /// The run's own identity, so that folders of another run are noticed.
    var run: String
    var seed: UInt32
    /// Environment steps done.
    var step: Int
    /// What the run computes, without its length.
    var configuration: JSONValue
    /// `state.safetensors`, or `weights.safetensors` of the best.
    var state: FileReceipt
    /// Mean return of the evaluation, of the best alone.
    var evaluation: Double?
    /// The logs as they were, and the replay; not of the best.
    var progress: FileReceipt?
    var evaluations: FileReceipt?
    var replay: ReplayManifest?
    /// The tables of the run's probes as they were, by name.
    var probeTables: [String: FileReceipt] = [:]
    /// Wall-clock seconds of training so far. Here, so that the state file is the same whenever it is computed.
    var seconds = 0.0

    /// Where the full segments of the replay are; the rows after them lie in the state file.
    struct ReplayManifest: Equatable, Sendable {
        /// Rows in a segment.
        var segmentRows: Int
        /// Index of the first segment that is needed.
        var firstSegment: Int
        var segments: [FileReceipt]
        /// Transitions ever stored.
        var stored: Int
    }

    var json: JSONValue {
        var object = JSONObject()
        object["format"] = .integer(Self.format)
        object["run"] = .string(run)
        object["seed"] = .integer(Int(seed))
        object["step"] = .integer(step)
        object["seconds"] = .double(seconds)
        object["configuration"] = configuration
        object["state"] = state.json
        object["evaluation"] = evaluation.map { .double($0) }
        object["progress"] = progress?.json
        object["evaluations"] = evaluations?.json
        if !probeTables.isEmpty {
            var tables = JSONObject()
            for (name, receipt) in probeTables.sorted(by: { $0.key < $1.key }) { tables[name] = receipt.json }
            object["probes"] = .object(tables)
        }
        object["replay"] = replay.map { replay in
            [
                "stored": .integer(replay.stored), "segment_rows": .integer(replay.segmentRows),
                "first_segment": .integer(replay.firstSegment),
                "segments": .array(replay.segments.map(\.json)),
            ]
        }
        return SealedJSON.sealed(object)
    }

    /// Reads and checks a manifest; the files it speaks of are not looked at.
    ///
    /// - Throws: `FormatError`.
    init(contentsOf path: String) throws {
        let file = try SealedJSON.read(path)
        let format = try file.integer("format", in: 0...Int.max)
        guard format == Self.format else {
            throw file.failure("format", "is \(format); this program reads format \(Self.format)")
        }
        run = try file.text("run")
        seed = UInt32(try file.integer("seed", in: 0...Int(UInt32.max)))
        step = try file.integer("step", in: 0...Int(Int32.max))
        configuration = .object(try file.member("configuration").object)
        state = try file.receipt("state")
        guard let seconds = file.object["seconds"]?.asDouble else { throw file.failure("seconds", "is missing") }
        self.seconds = seconds
        evaluation = file.object["evaluation"]?.asDouble
        progress = file.object["progress"] == nil ? nil : try file.receipt("progress")
        evaluations = file.object["evaluations"] == nil ? nil : try file.receipt("evaluations")
        replay = try file.object["replay"] == nil ? nil : Self.replay(file.member("replay"))
        if file.object["probes"] != nil {
            let tables = try file.member("probes")
            for name in tables.object.keys { probeTables[name] = try tables.receipt(name) }
        }
    }

    init(
        run: String, seed: UInt32, step: Int, configuration: JSONValue, state: FileReceipt, evaluation: Double? = nil,
        progress: FileReceipt? = nil, evaluations: FileReceipt? = nil, replay: ReplayManifest? = nil,
        probeTables: [String: FileReceipt] = [:], seconds: Double = 0
    ) {
        self.run = run
        self.seed = seed
        self.step = step
        self.configuration = configuration
        self.state = state
        self.evaluation = evaluation
        self.progress = progress
        self.evaluations = evaluations
        self.replay = replay
        self.probeTables = probeTables
        self.seconds = seconds
    }

    private static func replay(_ member: SealedObject) throws -> ReplayManifest {
        let limit = Int(Int32.max)
        let segments = try member.array("segments").map { element in
            guard let object = element.asObject else { throw member.failure("segments", "holds \(element.jsonText)") }
            return try SealedObject(path: member.path, object: JSONObject(["file": .object(object)])).receipt("file")
        }
        let replay = ReplayManifest(
            segmentRows: try member.integer("segment_rows", in: 1...limit),
            firstSegment: try member.integer("first_segment", in: 0...limit), segments: segments,
            stored: try member.integer("stored", in: 0...limit))
        guard replay.firstSegment + segments.count == replay.stored / replay.segmentRows else {
            throw member.failure(
                "segments",
                "are \(segments.count) from \(replay.firstSegment) on, "
                    + "\(replay.stored) transitions fill \(replay.stored / replay.segmentRows) in all")
        }
        return replay
    }
}

extension JSONObject {
    /// An object with the members in the order written.
    init(_ members: KeyValuePairs<String, JSONValue>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }
}
