import CParallel
import Glibc

/// How many cores this process can keep busy: those that the scheduler may put it on, and no more than the CPU time that its
/// cgroups allow (containers, Slurm and systemd set quotas without hiding cores).
public struct AvailableCores: Hashable, Sendable {
    /// Cores of the machine that are online; nil where /sys does not say.
    public let visible: Int?
    /// Cores in the process's affinity mask.
    public let allowed: Int
    /// The smallest quota among the process's cgroups, in cores; nil without one.
    public let quota: Double?

    /// Threads that are never held up: a thread beyond the quota makes all of them wait for the rest of a period.
    public var count: Int {
        guard let quota else { return allowed }
        return min(allowed, max(1, Int(quota.rounded(.down))))
    }

    /// For people, what was found and what follows: `64 cores, affinity to 8, a cgroup quota of 2.5 cores: 2 threads`.
    public var description: String {
        func text(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
        let cores = visible.map { text($0, "core") } ?? "cores unknown"
        let limit = quota.map { "a cgroup quota of \($0) cores" } ?? "no cgroup quota"
        return "\(cores), affinity to \(allowed), \(limit): \(text(count, "thread"))"
    }

    /// What holds for this process.
    public static func ofThisProcess() -> AvailableCores {
        AvailableCores(allowed: Int(hr_available_cores()), root: "")
    }

    /// - Parameters:
    ///   - allowed: Cores in the affinity mask.
    ///   - root: What stands before `/proc` and `/sys`; the empty text is the system's own.
    init(allowed: Int, root: String) {
        self.allowed = allowed
        visible = Self.text("\(root)/sys/devices/system/cpu/online").flatMap(Self.count(inList:))
        var quotas: [Double] = []
        for line in Self.text("\(root)/proc/self/cgroup")?.split(separator: "\n") ?? [] {
            // hierarchy:controllers:path; version 2 has hierarchy 0 and names no controllers.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0", fields[1].isEmpty {
                quotas += Self.folders("\(root)/sys/fs/cgroup", fields[2]).compactMap(Self.unifiedQuota)
            } else if fields[1].split(separator: ",").contains("cpu") {
                for mount in ["cpu,cpuacct", "cpu"] {
                    quotas += Self.folders("\(root)/sys/fs/cgroup/\(mount)", fields[2]).compactMap(Self.legacyQuota)
                }
            }
        }
        quota = quotas.min()
    }

    /// How many numbers a list of ranges has: 5 in `0-3,8`; nil for any other text.
    private static func count(inList text: String) -> Int? {
        var count = 0
        for range in text.prefix(while: { $0 != "\n" }).split(separator: ",", omittingEmptySubsequences: false) {
            let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, 0...last ~= first else {
                return nil
            }
            count += last - first + 1
        }
        return count
    }

    /// The folder of a group and those of the groups around it. In a container the path may be that of the host, so the mount itself
    /// is always among them.
    private static func folders(_ mount: String, _ path: Substring) -> [String] {
        var folders = [mount]
        for part in path.split(separator: "/") { folders.append(folders[folders.count - 1] + "/" + part) }
        return folders
    }

    /// `cpu.max` of version 2: `200000 100000`, or `max 100000`.
    private static func unifiedQuota(_ folder: String) -> Double? {
        let words = text("\(folder)/cpu.max")?.split { $0 == " " || $0 == "\n" } ?? []
        return words.count == 2 ? ratio(Double(words[0]), Double(words[1])) : nil
    }

    /// `cpu.cfs_quota_us` over `cpu.cfs_period_us` of version 1; a quota of −1 is none.
    private static func legacyQuota(_ folder: String) -> Double? {
        func number(_ name: String) -> Double? {
            text("\(folder)/\(name)").flatMap { Double($0.prefix { $0 != "\n" }) }
        }
        return ratio(number("cpu.cfs_quota_us"), number("cpu.cfs_period_us"))
    }

    private static func ratio(_ quota: Double?, _ period: Double?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return quota / period
    }

    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
