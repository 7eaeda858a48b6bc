import Glibc
import Synchronization

/// Lets a long run end in good order on SIGINT and SIGTERM: it asks between steps, saves, and ends.
public enum Interruption {
    /// From now on the first signal is only noted; a second one ends the process at once.
    ///
    /// Call it on the main thread. Signals that the parent process blocked or ignored by accident are taken as well.
    public static func watch() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { receivedSignal.store($0, ordering: .relaxed) }
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
        default: nil
        }
    }
}

/// The last signal noted; 0 for none.
private let receivedSignal = Atomic<Int32>(0)
