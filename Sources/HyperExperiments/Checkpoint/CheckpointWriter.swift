import Dispatch
import Synchronization

/// A thread that writes while training goes on: jobs run one after the other, in the order they came.
final class CheckpointWriter: Sendable {
    private let queue = DispatchQueue(label: "hyperrl.checkpoints", qos: .utility)
    private let state = Mutex(State())

    private struct State {
        var jobs = 0
        var failure: (any Error)?
    }

    /// Whether a job is under way or waits.
    var isBusy: Bool { state.withLock { $0.jobs > 0 } }

    /// Jobs that are under way or wait.
    var jobCount: Int { state.withLock { $0.jobs } }

    /// Adds a job; the first error is kept for `takeFailure()`.
    func submit(_ job: @escaping @Sendable () throws -> Void) {
        state.withLock { $0.jobs += 1 }
        queue.async { [self] in
            var failure: (any Error)?
            do { try job() } catch { failure = error }
            state.withLock {
                $0.jobs -= 1
                if $0.failure == nil { $0.failure = failure }
            }
        }
    }

    /// Returns when all jobs are done.
    func wait() { queue.sync {} }

    /// The first error since the last call.
    func takeFailure() -> (any Error)? {
        state.withLock { state in
            defer { state.failure = nil }
            return state.failure
        }
    }
}
