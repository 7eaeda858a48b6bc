import CParallel

/// A fork-join pool: spreads units of work over threads and returns when all are done.
///
/// Thread `t` of `T` gets units `t * units / T ..< (t + 1) * units / T`, the caller being thread 0. The partition is static, so a
/// unit meets the same core's cache in every run. Work whose units do not depend on each other gives the same result for any
/// number of threads. Idle workers spin for about 50 microseconds, then sleep.
///
/// A run started inside another run's body, or while another thread uses the pool, does its units inline on the calling thread.
public final class WorkerPool: Sendable {
    /// Threads that take part in a run, the caller included.
    public let threads: Int

    /// The C pool, for launches that are C functions (`hr_pool_run`). Valid as long as this object lives.
    public nonisolated(unsafe) let handle: OpaquePointer

    /// Makes a pool and starts its workers.
    ///
    /// - Parameter threads: Threads including the caller, at least 1. If the system grants fewer, `threads` tells how many there are.
    public init(threads: Int) {
        precondition(
            (1...4096).contains(threads),
            "WorkerPool: \(threads) threads asked for; give 1 to 4096 (the number of cores is a good choice)")
        guard let pool = hr_pool_create(Int32(threads)) else {
            preconditionFailure(
                "WorkerPool: no memory for a pool of \(threads) threads; free memory or ask for fewer threads")
        }
        handle = pool
        self.threads = Int(hr_pool_threads(pool))
    }

    deinit {
        hr_pool_destroy(handle)
    }

    /// Calls `body` once for every unit in `0..<units`, on all threads, and returns when all calls have returned.
    ///
    /// - Parameters:
    ///   - units: Number of units; 0 does nothing.
    ///   - body: The work of one unit. Runs on several threads at once: units must not write what other units touch.
    public func run(units: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                hr_pool_run(
                    handle,
                    { context, begin, end in
                        guard let context else { preconditionFailure("WorkerPool: a run lost its context") }
                        let body = context.assumingMemoryBound(to: ((Int) -> Void).self).pointee
                        for unit in begin..<end { body(unit) }
                    },
                    pointer, units)
            }
        }
    }

    /// As `run(units:_:)`, for work that must not allocate: what a closure would capture is the state of an object.
    ///
    /// - Parameters:
    ///   - object: Given to every call.
    ///   - body: Captures nothing.
    public func run(units: Int, on object: AnyObject, _ body: @escaping (_ object: AnyObject, _ unit: Int) -> Void) {
        withUnsafePointer(to: ObjectWork(object: object, body: body)) { work in
            hr_pool_run(
                handle,
                { context, begin, end in
                    guard let context else { preconditionFailure("WorkerPool: a run lost its context") }
                    let work = context.assumingMemoryBound(to: ObjectWork.self)
                    for unit in begin..<end { work.pointee.body(work.pointee.object, unit) }
                },
                work, units)
        }
    }

    private struct ObjectWork {
        let object: AnyObject
        let body: (AnyObject, Int) -> Void
    }
}
