import Glibc

/// Work in a process of its own, so that a precondition that fails ends that process alone.
enum ChildProcess {
    enum End: Equatable {
        case returned(Int32)
        /// By a failed precondition, a fault of memory or another signal.
        case crashed
    }

    /// What a child exits with instead of a signal's own end, whose backtrace takes seconds.
    private static let crashStatus: Int32 = 99

    /// Forks: the caller must not have started threads that the work needs.
    ///
    /// - Parameters:
    ///   - isQuiet: Whether to keep what the child says on stderr to itself.
    ///   - work: Gives the exit status, from 0 to 98.
    /// - Throws: `FuzzError` if there is no child.
    static func run(isQuiet: Bool = false, _ work: () -> Int32) throws -> End {
        fflush(nil)
        let child = fork()
        guard child >= 0 else { throw FuzzError("fork: errno \(errno)") }
        if child == 0 {
            for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
                signal(number) { _ in _exit(ChildProcess.crashStatus) }
            }
            if isQuiet { dup2(open("/dev/null", O_WRONLY), 2) }
            let status = work()
            fflush(nil)
            _exit(status)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw FuzzError("waitpid: errno \(errno)") }
        }
        // The low seven bits are the signal, the next eight the exit status.
        let exit = status >> 8 & 0xFF
        return status & 0x7F != 0 || exit == crashStatus ? .crashed : .returned(exit)
    }
}

/// Numbers that a child leaves to its parent.
struct SharedCounts {
    var seed: UInt32
    var programs = 0
    var findings = 0

    /// Memory that later children share.
    static func make(seed: UInt32) throws -> UnsafeMutablePointer<SharedCounts> {
        let memory = mmap(
            nil, MemoryLayout<SharedCounts>.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { throw FuzzError("mmap: errno \(errno)") }
        let counts = memory.bindMemory(to: SharedCounts.self, capacity: 1)
        counts.initialize(to: SharedCounts(seed: seed))
        return counts
    }
}
