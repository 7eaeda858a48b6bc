import Glibc
import Synchronization

/// Lets a long run end in good order on SIGINT, SIGTERM and SIGUSR1: it asks between steps, saves, and ends.
public enum Interruption {
    /// From now on the first signal is only noted; a second one ends the process at once.
    ///
    /// Call it on the main thread. Signals that the parent process blocked or ignored by accident are taken as well.
    public static func watch() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGUSR1)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM, SIGUSR1] {
            var action = sigaction()
            // A step or an evaluation may take seconds, so the handler itself answers. Only calls that are safe in a
            // handler: an atomic store, and write(2) of text that lies in the program.
            action.__sigaction_handler.sa_handler = { number in
                receivedSignal.store(number, ordering: .relaxed)
                let answer: StaticString =
                    switch number {
                    case SIGINT: "\nInterrupted: saving a checkpoint. Ctrl-C again ends at once, without it.\n"
                    case SIGTERM: "\nTerminated: saving a checkpoint. The same signal again ends at once, without it.\n"
                    default: "\nSIGUSR1: saving a checkpoint, then ending.\n"
                    }
                let error = errno
                _ = write(STDERR_FILENO, answer.utf8Start, answer.utf8CodeUnitCount)
                errno = error
            }
            // SA_RESETHAND brings back the default action; SA_RESTART keeps reads and writes whole.
            action.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND) | SA_RESTART
            sigaction(number, &action, nil)
        }
    }

    /// The status to end with, once a signal has come; nil before. Cheap enough for every step.
    public static var exitCode: ExitCode? {
        switch receivedSignal.load(ordering: .relaxed) {
        case SIGINT: .interrupted
        case SIGTERM: .terminated
        case SIGUSR1: .temporaryFailure
        default: nil
        }
    }
}

/// The last signal noted; 0 for none.
private let receivedSignal = Atomic<Int32>(0)
