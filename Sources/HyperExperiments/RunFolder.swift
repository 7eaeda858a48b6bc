import FoundationEssentials
import HyperFormats

/// The folder of one training run: `run.json`, and for each seed `<algorithm>/<environment>_<seed>/` with its logs and
/// weights.
public struct RunFolder: Sendable {
    public let path: String

    /// Why a folder was refused; programs end with status 73.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
    }

    /// Makes the folder.
    ///
    /// - Parameter overwrites: Removes an earlier run in the same place. Only folders that hold a run.json are removed.
    /// - Throws: `Refusal` if something is there and may not be removed, or the folder cannot be made.
    public init(creating path: String, overwrites: Bool) throws {
        self.path = path
        let files = FileManager.default
        var isFolder = false
        if files.fileExists(atPath: path, isDirectory: &isFolder) {
            let content = isFolder ? (try? files.contentsOfDirectory(atPath: path)) ?? [] : []
            guard isFolder else { throw Refusal(description: "\(path): is a file; name another folder with --output") }
            if !content.isEmpty {
                guard overwrites else {
                    throw Refusal(
                        description: "\(path): exists already; name another folder with --output, or pass --overwrite")
                }
                guard content.contains("run.json") else {
                    throw Refusal(
                        description: "\(path): holds no run.json, so it is not a run and is not removed; "
                            + "name another folder with --output")
                }
                do { try files.removeItem(atPath: path) } catch {
                    throw Refusal(description: "\(path): the earlier run cannot be removed: \(error)")
                }
            }
        }
        try Self.makeFolder(path)
    }

    /// Makes and returns the folder of a seed.
    public func makeSeedFolder(_ seed: UInt32, of configuration: RunConfiguration) throws -> String {
        let folder = "\(path)/\(configuration.algorithm)/\(configuration.environment)_\(seed)"
        try Self.makeFolder(folder)
        return folder
    }

    /// Writes run.json.
    public func write(_ description: JSONValue) throws {
        try AtomicFile.write(description.indentedJSONText, to: "\(path)/run.json")
    }

    private static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Refusal(description: "\(path): the folder cannot be made: \(error)")
        }
    }
}
