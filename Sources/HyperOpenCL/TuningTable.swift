import Glibc
import HyperFormats
import Kernels

/// Sizes of kernels for devices by name and driver: a JSON file that `hyperbench tune` writes and the backend reads.
///
/// ```
/// {"format": "hyperrl-tuning", "version": 1, "devices": [
///   {"device": "NVIDIA H200", "driver": "570.86.10", "group_size": 256, "group_elements": 4096,
///    "matmul": [{"tile_m": 32, "tile_n": 32, "tile_k": 8, "item_m": 4, "item_n": 4, "slices": 4, "buffers": 2, "outputs_at_most": 131072},
///               {"tile_m": 64, "tile_n": 64, "tile_k": 16, "item_m": 4, "item_n": 4, "slices": 1, "buffers": 2}],
///    "split": {"outputs_at_most": 65536, "inner_at_least": 512, "pieces_at_most": 16},
///    "measured": {…}}]}
/// ```
/// An empty driver stands for every driver. `measured` is kept as it is: what the sizes were chosen by.
public struct TuningTable: Sendable {
    public struct Entry: Sendable {
        /// The device's name as OpenCL tells it.
        public var device: String
        /// Its driver's version; empty for any.
        public var driver: String
        public var tuning: KernelTuning
        /// Whatever the measurement wants to keep beside the sizes.
        public var measured: JSONValue

        public init(device: String, driver: String, tuning: KernelTuning, measured: JSONValue = .null) {
            self.device = device
            self.driver = driver
            self.tuning = tuning
            self.measured = measured
        }
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    /// Reads a table.
    ///
    /// - Throws: `FormatError` with the entry and the number that is wrong.
    public init(contentsOf path: String) throws { try self.init(try JSONValue(contentsOf: path), path: path) }

    init(_ json: JSONValue, path: String) throws {
        guard json["format"]?.asString == "hyperrl-tuning", json["version"]?.asInt == 1 else {
            throw FormatError(path: path, problem: "is no tuning table of version 1; 'hyperbench tune' writes one")
        }
        guard let devices = json["devices"]?.asArray else {
            throw FormatError(path: path, problem: "has no list 'devices'")
        }
        entries = try devices.enumerated().map { index, device in
            var reader = TuningReader(path: path, place: "devices[\(index)]")
            return try reader.entry(device)
        }
    }

    /// The sizes for a device: those for its driver before those for any.
    public func tuning(device: String, driver: String) -> KernelTuning? {
        let fitting = entries.filter { $0.device == device }
        return (fitting.first { $0.driver == driver } ?? fitting.first { $0.driver.isEmpty })?.tuning
    }

    /// Puts an entry in the place of the one for the same device and driver, or at the end.
    public mutating func replace(_ entry: Entry) {
        if let index = entries.firstIndex(where: { $0.device == entry.device && $0.driver == entry.driver }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
    }

    /// Writes the table; its folder is made.
    ///
    /// - Throws: `FileWriteError`.
    public func write(to path: String) throws {
        if path.contains("/") { try Folder.make(Folder.parent(of: path)) }
        try AtomicFile.write(json.indentedJSONText + "\n", to: path)
    }

    // MARK: Where tables are

    /// Where `hyperbench tune` writes and the backend looks: `HYPERRL_TUNING`, else `$XDG_CACHE_HOME/hyperrl/tuning.json`, else the same in
    /// `~/.cache`; nil if none of these variables is set.
    public static var standardPath: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        if let path = variable("HYPERRL_TUNING") { return path }
        return (variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }).map {
            $0 + "/hyperrl/tuning.json"
        }
    }

    /// The table inside the program.
    static let bundled = Result {
        try TuningTable(JSONValue(parsing: Array(KernelSources.tuning.utf8)), path: "Kernels/tuning.json")
    }

    /// The sizes for a device: from the file at `path` if there is one, else from the table inside the program, else the defaults.
    ///
    /// - Throws: `FormatError` if a table is damaged or holds sizes that the device cannot run.
    static func tuning(for device: OpenCLDevice, path: String? = standardPath) throws -> KernelTuning {
        // A simulator stands for no device whose speed matters, and interprets each work-item.
        if device.isSimulated { return KernelTuning(for: device) }
        for (table, name) in try [path.flatMap { try found(at: $0) }, (bundled.get(), "Kernels/tuning.json")]
            .compactMap({ $0 })
        {
            guard let tuning = table.tuning(device: device.name, driver: device.driver) else { continue }
            if let problem = tuning.problem(on: device) {
                throw FormatError(
                    path: name,
                    problem:
                        "the entry for '\(device.name)' does not fit it: \(problem); run 'hyperbench tune' again or remove it"
                )
            }
            return tuning
        }
        return KernelTuning(for: device)
    }

    private static func found(at path: String) throws -> (TuningTable, String)? {
        // Nobody has to have tuned; but a file that was named has to be there.
        guard Folder.exists(path) || getenv("HYPERRL_TUNING") != nil else { return nil }
        return (try TuningTable(contentsOf: path), path)
    }
}
