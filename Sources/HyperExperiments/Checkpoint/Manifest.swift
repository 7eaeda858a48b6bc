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
    /// The `DeviceDescription.tuning` that computed it; nil where there is none, and in manifests of programs that did not store it.
    var tuning: String?
    /// `state.safetensors`, or `weights.safetensors` of the best.
    var state: FileReceipt
    /// Mean return of the evaluation, of the best alone.
    var evaluation: Double?
    /// The logs as they were, and experience, by the names of its pools; not of the best.
    var progress: FileReceipt?
    var evaluations: FileReceipt?
    var pools: [String: Pool] = [:]
    /// The tables of the run's probes as they were, by name.
    var probeTables: [String: FileReceipt] = [:]
    /// Wall-clock seconds of training so far. Here, so that the state file is the same whenever it is computed.
    var seconds = 0.0

    /// Where the full segments of a pool are; the rows after them lie in the state file.
    struct Pool: Equatable, Sendable {
        /// Rows in a segment.
        var segmentRows: Int
        /// Index of the first segment that is needed.
        var firstSegment: Int
        var segments: [FileReceipt]
        /// Rows ever stored.
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
        object["tuning"] = tuning.map { .string($0) }
        object["state"] = state.json
        object["evaluation"] = evaluation.map { .double($0) }
        object["progress"] = progress?.json
        object["evaluations"] = evaluations?.json
        if !probeTables.isEmpty {
            var tables = JSONObject()
            for (name, receipt) in probeTables.sorted(by: { $0.key < $1.key }) { tables[name] = receipt.json }
            object["probes"] = .object(tables)
        }
        for (name, pool) in pools.sorted(by: { $0.key < $1.key }) {
            precondition(object[name] == nil, "Manifest: '\(name)' is no name for a pool of experience")
            object[name] = [
                "stored": .integer(pool.stored), Self.poolMark: .integer(pool.segmentRows),
                "first_segment": .integer(pool.firstSegment), "segments": .array(pool.segments.map(\.json)),
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
        tuning = file.object["tuning"] == nil ? nil : try file.text("tuning")
        state = try file.receipt("state")
        guard let seconds = file.object["seconds"]?.asDouble else { throw file.failure("seconds", "is missing") }
        self.seconds = seconds
        evaluation = file.object["evaluation"]?.asDouble
        progress = file.object["progress"] == nil ? nil : try file.receipt("progress")
        evaluations = file.object["evaluations"] == nil ? nil : try file.receipt("evaluations")
        for (name, value) in file.object.members where value.asObject?[Self.poolMark] != nil {
            guard SeedFolder.isPoolName(name) else { throw file.failure(name, "is no name of experience") }
            pools[name] = try Self.pool(file.member(name))
        }
        if file.object["probes"] != nil {
            let tables = try file.member("probes")
            for name in tables.object.keys { probeTables[name] = try tables.receipt(name) }
        }
    }

    init(
        run: String, seed: UInt32, step: Int, configuration: JSONValue, tuning: String? = nil, state: FileReceipt,
        evaluation: Double? = nil, progress: FileReceipt? = nil, evaluations: FileReceipt? = nil,
        pools: [String: Pool] = [:],
        probeTables: [String: FileReceipt] = [:], seconds: Double = 0
    ) {
        self.run = run
        self.seed = seed
        self.step = step
        self.configuration = configuration
        self.tuning = tuning
        self.state = state
        self.evaluation = evaluation
        self.progress = progress
        self.evaluations = evaluations
        self.pools = pools
        self.probeTables = probeTables
        self.seconds = seconds
    }

    /// The member by which a pool is known.
    private static let poolMark = "segment_rows"

    private static func pool(_ member: SealedObject) throws -> Pool {
        let limit = Int(Int32.max)
        let segments = try member.array("segments").map { element in
            guard let object = element.asObject else { throw member.failure("segments", "holds \(element.jsonText)") }
            return try SealedObject(path: member.path, object: JSONObject(["file": .object(object)])).receipt("file")
        }
        let pool = Pool(
            segmentRows: try member.integer(poolMark, in: 1...limit),
            firstSegment: try member.integer("first_segment", in: 0...limit), segments: segments,
            stored: try member.integer("stored", in: 0...limit))
        guard pool.firstSegment + segments.count == pool.stored / pool.segmentRows else {
            throw member.failure(
                "segments",
                "are \(segments.count) from \(pool.firstSegment) on, "
                    + "\(pool.stored) rows fill \(pool.stored / pool.segmentRows) in all")
        }
        return pool
    }
}
