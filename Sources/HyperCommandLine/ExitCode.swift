/// The exit statuses of the programs. Numbers from 64 on are those of sysexits.h; 128 and more tell a signal.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case success = 0
    /// The work was done and its answer is no, or it failed for a reason of its own.
    case failure = 1
    /// The command line is wrong (EX_USAGE).
    case usage = 64
    /// A file that was read is damaged or does not fit (EX_DATAERR).
    case badData = 65
    /// A device or library that was asked for is not there (EX_UNAVAILABLE).
    case unavailable = 69
    /// A file or folder cannot be created or written (EX_CANTCREAT).
    case cannotCreate = 73
    /// Something is in use at the moment; trying later may help (EX_TEMPFAIL).
    case temporaryFailure = 75
    /// Ended by SIGHUP: the terminal is gone.
    case hungUp = 129
    /// Ended by SIGINT.
    case interrupted = 130
    /// Ended by SIGTERM.
    case terminated = 143
}

/// An error that ends a program: one line for stderr and an exit status.
public struct CommandError: Error, Equatable, CustomStringConvertible {
    /// What, where, which numbers, what to do; without the word "error" and without a line end.
    public let message: String
    public let exitCode: ExitCode

    public init(_ message: String, exitCode: ExitCode) {
        self.message = message
        self.exitCode = exitCode
    }

    public var description: String { message }
}
