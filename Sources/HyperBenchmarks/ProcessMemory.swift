import Glibc

/// What this process has used.
enum ProcessMemory {
    /// The most memory that was resident at once, in MiB.
    static var peakMiB: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }
}
