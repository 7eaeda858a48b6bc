import Foundation
import Testing

@testable import HyperParallel

/// Quotas from a made-up /proc and /sys.
@Suite struct AvailableCoresTests {
    /// - Returns: What is found where these files are, by path.
    private func found(_ files: [String: String], allowed: Int = 64) throws -> AvailableCores {
        let root = NSTemporaryDirectory() + "hyperrl-cores-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (path, text) in files {
            let url = URL(fileURLWithPath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return AvailableCores(allowed: allowed, root: root)
    }

    @Test func withoutGroupsTheMaskDecides() throws {
        #expect(try found([:]).count == 64)
        #expect(try found(["proc/self/cgroup": "0::/user.slice\n"]).count == 64)
        #expect(try found(["proc/self/cgroup": "nonsense\n"]).quota == nil)
    }

    /// What `hyperrl list devices` prints.
    @Test func whatIsFoundIsToldWithWhatFollows() throws {
        var files = ["sys/devices/system/cpu/online": "0-63\n", "proc/self/cgroup": "0::/job\n"]
        #expect(try found(files).description == "64 cores, affinity to 64, no cgroup quota: 64 threads")
        files["sys/devices/system/cpu/online"] = "0-3,8,10-11\n"
        files["sys/fs/cgroup/job/cpu.max"] = "150000 100000\n"
        #expect(
            try found(files, allowed: 4).description
                == "7 cores, affinity to 4, a cgroup quota of 1.5 cores: 1 thread")
        files["sys/devices/system/cpu/online"] = "0\n"
        files["sys/fs/cgroup/job/cpu.max"] = "max 100000\n"
        #expect(try found(files, allowed: 1).description == "1 core, affinity to 1, no cgroup quota: 1 thread")
    }

    @Test(arguments: ["", "\n", "0-\n", "3-1\n", "0-1-2\n", "a\n", "0,,1\n"])
    func aListThatIsNoneSaysNothing(_ text: String) throws {
        let cores = try found(["sys/devices/system/cpu/online": text], allowed: 2)
        #expect(cores.visible == nil && cores.count == 2)
        #expect(cores.description == "cores unknown, affinity to 2, no cgroup quota: 2 threads")
    }

    /// The smallest quota of the group and those around it.
    @Test func version2() throws {
        let files = [
            "proc/self/cgroup": "0::/system.slice/job.scope\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
            "sys/fs/cgroup/system.slice/cpu.max": "250000 100000\n",
            "sys/fs/cgroup/system.slice/job.scope/cpu.max": "800000 100000\n",
        ]
        let cores = try found(files)
        #expect(cores.quota == 2.5 && cores.count == 2)
    }

    /// A container sees its own group mounted at the top, under the host's path.
    @Test func aContainerOfVersion2() throws {
        let files = ["proc/self/cgroup": "0::/../../kubepods/pod\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"]
        #expect(try found(files).count == 1)
    }

    @Test(arguments: ["cpu,cpuacct", "cpu"]) func version1(_ mount: String) throws {
        var files = [
            "proc/self/cgroup": "12:memory:/job\n4:cpu,cpuacct:/docker/job\n1:name=systemd:/docker/job\n",
            "sys/fs/cgroup/\(mount)/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/\(mount)/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/\(mount)/docker/job/cpu.cfs_quota_us": "300000\n",
            "sys/fs/cgroup/\(mount)/docker/job/cpu.cfs_period_us": "100000\n",
        ]
        #expect(try found(files).count == 3)
        #expect(try found(files, allowed: 2).count == 2)
        files["sys/fs/cgroup/\(mount)/docker/job/cpu.cfs_quota_us"] = "-1\n"
        #expect(try found(files).count == 64)
    }

    @Test func thisProcessHasAtLeastOneCore() {
        let cores = AvailableCores.ofThisProcess()
        #expect(cores.count >= 1 && cores.count <= cores.allowed)
        #expect(cores.visible.map { $0 >= cores.allowed } ?? true)
    }
}
