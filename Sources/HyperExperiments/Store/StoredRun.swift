import HyperAgents
import HyperFormats

/// An existing run, named by its folder or by the folder of one of its seeds.
public struct StoredRun: Sendable {
    /// The run's folder.
    public let path: String
    public let description: RunDescription
    /// The seeds meant: all, or the one whose folder was named.
    public let seeds: [UInt32]
    /// The path as it was given.
    public let namedPath: String

    /// Finds the run.
    ///
    /// - Throws: `FormatError` if there is no run, or its run.json is damaged.
    public init(_ path: String, catalogue: AlgorithmCatalogue = .standard) throws {
        namedPath = path
        guard Folder.isFolder(path) else {
            throw FormatError(path: path, problem: "is no folder; give that of a run or a seed")
        }
        if Folder.exists("\(path)/\(RunDescription.name)") {
            self.path = path
            description = try RunDescription(contentsOf: "\(path)/\(RunDescription.name)", catalogue: catalogue)
            seeds = description.configuration.seeds
            return
        }
        // A seed's folder lies two folders below that of its run.
        guard let real = Folder.realPath(path) else { throw FormatError(path: path, problem: "cannot be found") }
        let run = Folder.parent(of: Folder.parent(of: real))
        guard Folder.exists("\(run)/\(RunDescription.name)") else {
            throw FormatError(path: path, problem: "holds no run.json, and is no seed's folder of a run")
        }
        let description = try RunDescription(contentsOf: "\(run)/\(RunDescription.name)", catalogue: catalogue)
        let seed = description.configuration.seeds.first {
            Folder.realPath(RunFolder.seedFolder($0, of: description.configuration, in: run).path) == real
        }
        guard let seed else {
            throw FormatError(path: path, problem: "is not the folder of a seed that run.json names")
        }
        self.path = run
        self.description = description
        seeds = [seed]
    }

    func files(_ seed: UInt32) -> SeedFolder { RunFolder.seedFolder(seed, of: description.configuration, in: path) }

    /// The process that works on the run now; nil if none does.
    public var holder: RunLock.Holder? { RunLock.holder(of: path) }

    /// Why a seed goes no further; nil if it does.
    ///
    /// - Throws: `FormatError` if the note is damaged.
    func frozen(_ seed: UInt32) throws -> FrozenSeed? {
        let path = files(seed).frozen
        return Folder.exists(path) ? try FrozenSeed(contentsOf: path) : nil
    }

    /// The newest step with a checkpoint; nil before the first.
    func latestStep(_ seed: UInt32) -> Int? { files(seed).steps().last }
}

/// `frozen.json`: a number of a seed was no longer finite, so it stays at its last good checkpoint.
struct FrozenSeed: Sendable, Equatable {
    let step: Int
    let reason: String
    /// Step of the last good checkpoint, if there was one.
    let checkpoint: Int?

    init(step: Int, reason: String, checkpoint: Int?) {
        self.step = step
        self.reason = reason
        self.checkpoint = checkpoint
    }

    init(contentsOf path: String) throws {
        let file = try SealedJSON.read(path)
        step = try file.integer("step", in: 0...Int(Int32.max))
        reason = try file.text("reason")
        checkpoint = try file.object["checkpoint"] == nil ? nil : file.integer("checkpoint", in: 0...Int(Int32.max))
    }

    func write(to path: String) throws {
        var object = JSONObject(["step": .integer(step), "reason": .string(reason)])
        object["checkpoint"] = checkpoint.map { .integer($0) }
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
    }
}
