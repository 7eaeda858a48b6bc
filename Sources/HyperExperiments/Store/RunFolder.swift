import HyperFormats

/// The folder of one training run: `run.json`, `lock`, and for each seed `<algorithm>/<environment>_<seed>/` with its
/// logs, checkpoints and weights. docs/runs.md explains every file.
public struct RunFolder: Sendable {
    public let path: String
    /// Held as long as this process works on the run.
    let lock: RunLock

    /// Why a folder was refused; programs end with status 73.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
    }

    /// Makes the folder and takes its lock.
    ///
    /// - Parameter overwrites: Removes an earlier run in the same place. Only folders that hold a run.json are removed.
    /// - Throws: `Refusal` if something is there and may not be removed, or the folder cannot be made; `RunLock.Held`.
    public init(creating path: String, overwrites: Bool) throws {
        self.path = path
        if Folder.exists(path) {
            guard Folder.isFolder(path) else {
                throw Refusal(description: "\(path): is a file; name another folder with --output")
            }
            let names = try Self.refusing { try Folder.names(in: path) }
            let content = names.filter { !Self.isLeftover($0) }
            if !content.isEmpty {
                guard overwrites else {
                    throw Refusal(
                        description: "\(path): exists already; name another folder with --output, or pass --overwrite")
                }
                guard content.contains(RunDescription.name) else {
                    throw Refusal(
                        description: "\(path): holds no run.json, so it is not a run and is not removed; "
                            + "name another folder with --output")
                }
            }
            lock = try RunLock(folder: path)
            // run.json goes last: until then the folder is still known as a run.
            let others = names.filter { $0 != RunDescription.name && $0 != RunLock.name }
            for name in others + [RunDescription.name] {
                try Self.refusing { try Folder.remove("\(path)/\(name)") }
            }
        } else {
            try Self.refusing { try Folder.make(path) }
            lock = try RunLock(folder: path)
        }
    }

    /// Whether a process that was killed before it wrote run.json may have left it: its lock, or the file in the making.
    private static func isLeftover(_ name: String) -> Bool {
        name == RunLock.name || (name.hasPrefix("\(RunDescription.name).") && name.hasSuffix(".tmp"))
    }

    /// Removes files in the making that killed processes left beside run.json.
    func removeLeftovers() throws {
        for name in try Folder.names(in: path) where name != RunLock.name && Self.isLeftover(name) {
            try Folder.remove("\(path)/\(name)")
        }
    }

    /// Opens the folder of an existing run and takes its lock.
    ///
    /// - Throws: `RunLock.Held`, `FileWriteError`.
    public init(opening path: String) throws {
        self.path = path
        lock = try RunLock(folder: path)
    }

    /// Makes and returns the folder of a seed.
    func makeSeedFolder(_ seed: UInt32, of configuration: RunConfiguration) throws -> SeedFolder {
        let folder = Self.seedFolder(seed, of: configuration, in: path)
        try Self.refusing {
            try Folder.make(folder.checkpoints)
        }
        return folder
    }

    static func seedFolder(_ seed: UInt32, of configuration: RunConfiguration, in path: String) -> SeedFolder {
        SeedFolder(path: "\(path)/\(configuration.algorithm)/\(configuration.environment)_\(seed)")
    }

    /// Writes run.json.
    func write(_ description: RunDescription) throws {
        try AtomicFile.write(description.json.indentedJSONText, to: "\(path)/\(RunDescription.name)")
    }

    private static func refusing<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch { throw Refusal(description: "\(error)") }
    }
}
