import Dispatch
import Glibc
import Synchronization

/// A thread that writes while training goes on: jobs run one after the other, in the order they came.
///
/// One thread of its own, not a queue's changing workers, so that tools/check-crashes can count its calls.
final class CheckpointWriter: Sendable {
    private let core = Core()

    init() throws {
        var thread = pthread_t()
        // The thread holds the core alone, so that the writer can go and tell it to end.
        let context = Unmanaged.passRetained(core)
        let status = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Core>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw ThreadError(
                description: "no thread for checkpoints: pthread_create: \(String(cString: strerror(status)))")
        }
        pthread_detach(thread)
    }

    deinit { core.end() }

    /// Whether a job is under way or waits.
    var isBusy: Bool { jobCount > 0 }

    /// Jobs that are under way or wait.
    var jobCount: Int { core.state.withLock { $0.jobCount } }

    /// Adds a job; the first error is kept for `takeFailure()`.
    func submit(_ job: @escaping @Sendable () throws -> Void) {
        core.state.withLock {
            $0.jobCount += 1
            $0.jobs.append(job)
        }
        core.wakeUp.signal()
    }

    /// Returns when all jobs submitted so far are done.
    func wait() {
        let done = DispatchSemaphore(value: 0)
        submit { done.signal() }
        done.wait()
        // The signal comes a moment before the job counts as done.
        while isBusy { usleep(50) }
    }

    /// The first error since the last call.
    func takeFailure() -> (any Error)? {
        core.state.withLock { state in
            defer { state.failure = nil }
            return state.failure
        }
    }

    struct ThreadError: Error, CustomStringConvertible {
        let description: String
    }

    /// What both threads know.
    private final class Core: Sendable {
        struct State {
            var jobs: [@Sendable () throws -> Void] = []
            /// Jobs that are not done, the one under way included.
            var jobCount = 0
            var failure: (any Error)?
            var hasEnded = false
        }

        let state = Mutex(State())
        let wakeUp = DispatchSemaphore(value: 0)

        func end() {
            state.withLock { $0.hasEnded = true }
            wakeUp.signal()
        }

        /// The thread's life: one job for each signal.
        func work() {
            while true {
                wakeUp.wait()
                let job = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
                guard let job else {
                    if state.withLock({ $0.hasEnded }) { return }
                    continue
                }
                var failure: (any Error)?
                do { try job() } catch { failure = error }
                state.withLock {
                    $0.jobCount -= 1
                    if $0.failure == nil { $0.failure = failure }
                }
            }
        }
    }
}
