import HyperFormats

extension TuningTable {
    /// The table as it is written.
    var json: JSONValue {
        ["format": "hyperrl-tuning", "version": 1, "devices": .array(entries.map(\.json))]
    }
}

extension TuningTable.Entry {
    /// The entry as it is written in a table.
    public var json: JSONValue {
        var object = JSONObject(["device": .string(device), "driver": .string(driver)])
        object.add(tuning.json)
        object["measured"] = measured
        return .object(object)
    }
}

extension KernelTuning {
    /// The sizes as an entry of a table holds them.
    var json: JSONObject {
        JSONObject([
            "group_size": .integer(groupSize), "group_elements": .integer(groupElements),
            "matmul": .array(tilings.map(\.json)),
            "split": [
                "outputs_at_most": .integer(split.maximumOutputs), "inner_at_least": .integer(split.minimumDepth),
                "pieces_at_most": .integer(split.maximumPieces),
            ],
        ])
    }

    /// SHA-256 of the sizes' JSON as an entry of a table holds it, keys in that order, without white space.
    ///
    /// Runs store it, so the text of given sizes must not change from one version to the next.
    public var identity: String { SHA256.hexadecimalDigest(of: Array(JSONValue.object(json).jsonText.utf8)) }
}

extension MatmulTiling {
    fileprivate var json: JSONValue {
        var object = JSONObject()
        for (key, value) in [
            ("tile_m", tileM), ("tile_n", tileN), ("tile_k", tileK), ("item_m", itemM), ("item_n", itemN),
            ("slices", slices),
            ("buffers", buffers),
        ] {
            object[key] = .integer(value)
        }
        object["outputs_at_most"] = maximumOutputs.map { .integer($0) }
        return .object(object)
    }
}

/// Reads an entry; what is wrong is told with its place in the file.
struct TuningReader {
    let path: String
    let place: String

    mutating func entry(_ json: JSONValue) throws -> TuningTable.Entry {
        try checkKeys(json, ["device", "driver", "group_size", "group_elements", "matmul", "split", "measured"], place)
        guard let device = json["device"]?.asString, let driver = json["driver"]?.asString else {
            throw failure("names no device and driver")
        }
        guard let tilings = json["matmul"]?.asArray else { throw failure("has no list 'matmul'") }
        guard let split = json["split"] else { throw failure("has no 'split'") }
        try checkKeys(split, ["outputs_at_most", "inner_at_least", "pieces_at_most"], "\(place).split")
        let tuning = KernelTuning(
            groupSize: try number(json, "group_size", place), groupElements: try number(json, "group_elements", place),
            tilings: try tilings.enumerated().map { try tiling($1, "\(place).matmul[\($0)]") },
            split: ProductSplit(
                maximumOutputs: try number(split, "outputs_at_most", "\(place).split"),
                minimumDepth: try number(split, "inner_at_least", "\(place).split"),
                maximumPieces: try number(split, "pieces_at_most", "\(place).split")))
        if let problem = tuning.problem { throw failure("for '\(device)': \(problem)") }
        return TuningTable.Entry(device: device, driver: driver, tuning: tuning, measured: json["measured"] ?? .null)
    }

    private func tiling(_ json: JSONValue, _ place: String) throws -> MatmulTiling {
        try checkKeys(
            json, ["tile_m", "tile_n", "tile_k", "item_m", "item_n", "slices", "buffers", "outputs_at_most"], place)
        return MatmulTiling(
            tileM: try number(json, "tile_m", place), tileN: try number(json, "tile_n", place),
            tileK: try number(json, "tile_k", place), itemM: try number(json, "item_m", place),
            itemN: try number(json, "item_n", place), slices: try number(json, "slices", place),
            buffers: try number(json, "buffers", place),
            maximumOutputs: try json["outputs_at_most"].map { _ in try number(json, "outputs_at_most", place) })
    }

    private func number(_ json: JSONValue, _ key: String, _ place: String) throws -> Int {
        guard let number = json[key]?.asInt, (0...1 << 40).contains(number) else {
            throw FormatError(path: path, problem: "\(place): '\(key)' is no integer from 0 to \(1 << 40)")
        }
        return number
    }

    /// A misspelt key must not pass for a default.
    private func checkKeys(_ json: JSONValue, _ known: Set<String>, _ place: String) throws {
        guard let object = json.asObject else { throw FormatError(path: path, problem: "\(place) is no object") }
        if let unknown = object.keys.first(where: { !known.contains($0) }) {
            throw FormatError(
                path: path,
                problem: "\(place): unknown key '\(unknown)'; known: \(known.sorted().joined(separator: ", "))")
        }
    }

    private func failure(_ problem: String) -> FormatError { FormatError(path: path, problem: "\(place) \(problem)") }
}
