import HyperFormats
import HyperProbes

/// Names of the files of one seed. Every path is made from numbers; no text from a file becomes part of one.
struct SeedFolder: Sendable, Hashable {
    let path: String

    var progress: String { "\(path)/progress.csv" }
    var evaluations: String { "\(path)/evaluations.csv" }
    /// The rows of a probe.
    func table(_ table: ProbeTable) -> String { "\(path)/\(table.name).csv" }
    var weights: String { "\(path)/weights.safetensors" }
    /// Tells why the seed goes no further.
    var frozen: String { "\(path)/frozen.json" }
    var checkpoints: String { "\(path)/checkpoints" }
    /// The segments of a pool of experience.
    func pool(_ name: String) -> String { "\(path)/\(name)" }

    /// The folders of checkpoints, by what they are for.
    enum Kind: String, Sendable {
        /// Everything, to go on from.
        case step
        /// The weights with the best evaluation.
        case best
    }

    func checkpoint(_ step: Int, _ kind: Kind = .step) -> String {
        "\(checkpoints)/\(kind.rawValue)-\(Self.padded(step, 10))"
    }

    /// Where a checkpoint is written before it is put in place.
    func unfinishedCheckpoint(_ step: Int, _ kind: Kind = .step) -> String {
        "\(checkpoints)/\(Self.unfinishedPrefix)\(kind.rawValue)-\(Self.padded(step, 10))"
    }

    func segment(_ index: Int, of pool: String) -> String {
        "\(self.pool(pool))/rows-\(Self.padded(index, 6)).safetensors"
    }

    /// Steps with a checkpoint in place, ascending; good or not.
    func steps(_ kind: Kind = .step) -> [Int] {
        let names = (try? Folder.names(in: checkpoints)) ?? []
        return names.compactMap { Self.number($0, prefix: "\(kind.rawValue)-", digits: 10) }.sorted()
    }

    /// Pools that have a folder.
    var pools: [String] {
        let names = (try? Folder.names(in: path)) ?? []
        return names.filter { Self.isPoolName($0) && Folder.isFolder(pool($0)) && pool($0) != checkpoints }
    }

    /// Whether a name can be that of a pool: of letters, digits and underscores alone.
    static func isPoolName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "_")
            }
    }

    /// Indices of a pool's segments in place, ascending.
    func segments(of pool: String) -> [Int] {
        let names = (try? Folder.names(in: self.pool(pool))) ?? []
        return names.compactMap { name in
            guard name.hasSuffix(".safetensors") else { return nil }
            return Self.number(String(name.dropLast(".safetensors".count)), prefix: "rows-", digits: 6)
        }.sorted()
    }

    /// Takes a checkpoint away: first out of its place in one step, then file by file.
    func removeCheckpoint(_ step: Int, _ kind: Kind = .step) throws {
        let old = unfinishedCheckpoint(step, kind) + "-old"
        try Folder.remove(old)
        try Folder.rename(checkpoint(step, kind), to: old)
        try Folder.remove(old)
    }

    /// Removes what interrupted writers left: unfinished checkpoints and temporary files.
    func removeLeftovers() throws {
        for folder in [path, checkpoints] + pools.map(pool) where Folder.isFolder(folder) {
            for name in try Folder.names(in: folder)
            where name.hasPrefix(Self.unfinishedPrefix) || name.hasSuffix(".tmp") {
                try Folder.remove("\(folder)/\(name)")
            }
        }
    }

    private static let unfinishedPrefix = "unfinished-"

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The number in a name, if the name is the one that the number gives.
    private static func number(_ name: String, prefix: String, digits: Int) -> Int? {
        guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)), number >= 0,
            number <= Int(Int32.max), name == prefix + padded(number, digits)
        else { return nil }
        return number
    }
}
