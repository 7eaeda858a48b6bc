import Glibc
import Synchronization

/// Lets a long run end in good order on a signal: it asks between steps, saves, and ends.
public enum Interruption {
    /// The signals that end a run, with the status it then has.
    ///
    /// Schedulers send SIGUSR1, SIGUSR2 (LSF, Grid Engine) or SIGXCPU when the time is nearly up.
    private static let signals: [(number: Int32, exitCode: ExitCode)] = [
        (SIGINT, .interrupted), (SIGTERM, .terminated), (SIGHUP, .hungUp),
        (SIGUSR1, .temporaryFailure), (SIGUSR2, .temporaryFailure), (SIGXCPU, .temporaryFailure),
    ]

    /// From now on the first signal is only noted; the same one again ends the process at once.
    ///
    /// Call it on the main thread. Signals that the parent process blocked or ignored by accident are taken as well,
    /// but not an ignored SIGHUP: nohup(1) ignores it on purpose. A closed pipe or a file that grows beyond the limit
    /// (ulimit -f) no longer ends the process: the call that writes fails and says so.
    public static func watch() {
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        for (number, _) in signals where number != SIGHUP || !isIgnored(number) {
            sigaddset(&unblocked, number)
            var action = sigaction()
            // A step or an evaluation may take seconds, so the handler itself answers. Only calls that are safe in a
            // handler: an atomic store, and write(2) of text that lies in the program.
            action.__sigaction_handler.sa_handler = { number in
                receivedSignal.store(number, ordering: .relaxed)
                let answer: StaticString =
                    switch number {
                    case SIGINT: "\nInterrupted: saving a checkpoint. Ctrl-C again ends at once, without it.\n"
                    case SIGTERM: "\nTerminated: saving a checkpoint. The same signal again ends at once, without it.\n"
                    case SIGHUP: "\nHung up: saving a checkpoint, then ending.\n"
                    case SIGUSR1: "\nSIGUSR1: saving a checkpoint, then ending.\n"
                    case SIGUSR2: "\nSIGUSR2: saving a checkpoint, then ending.\n"
                    default: "\nSIGXCPU: saving a checkpoint, then ending.\n"
                    }
                let error = errno
                _ = write(STDERR_FILENO, answer.utf8Start, answer.utf8CodeUnitCount)
                errno = error
            }
            // SA_RESETHAND brings back the default action; SA_RESTART keeps reads and writes whole.
            action.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND) | SA_RESTART
            sigaction(number, &action, nil)
        }
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        // Handlers cannot be compared as functions; SIG_IGN is the address 1.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    /// The status to end with, once a signal has come; nil before. Cheap enough for every step.
    public static var exitCode: ExitCode? {
        let received = receivedSignal.load(ordering: .relaxed)
        return received == 0 ? nil : signals.first { $0.number == received }?.exitCode
    }
}

/// The last signal noted; 0 for none.
private let receivedSignal = Atomic<Int32>(0)
