import CStream
import HyperParallel
import HyperTensor

/// Memory speed of the CPU: every thread goes through a part of its own of two arrays, `a += factor * b`.
enum StreamMeter {
    /// Memory that no last-level cache of today holds, in bytes.
    private static let beyondCaches = 256 << 20

    /// - Parameter seconds: For all levels together.
    static func measure(_ pool: WorkerPool, seconds: Double) -> [Roofline.Stream] {
        let caches = CacheSizes.ofThisMachine
        // Half of what a level holds, so that nothing else pushes the arrays out; the third level is shared.
        let levels = [
            ("L1", caches.first / 2 * pool.threads), ("L2", caches.second / 2 * pool.threads), ("L3", caches.third / 2),
            ("memory", max(beyondCaches, 4 * caches.third)),
        ]
        return levels.map { level, bytes in
            let speed = speed(bytes: bytes, pool, seconds: seconds / Double(levels.count))
            return Roofline.Stream(level: level, bytes: bytes, gigabytesPerSecond: speed)
        }
    }

    /// Seconds that a run on all threads takes beyond the work of each.
    ///
    /// The work is 20 µs of waiting: an empty run would be over before any other thread had begun.
    static func forkJoin(_ pool: WorkerPool, seconds: Double) -> Timing {
        let work = 20e-6
        let timing = Timing.measure(seconds: seconds, shortest: 0) {
            pool.run(units: pool.threads) { _ in
                let end = HostClock.seconds + work
                while HostClock.seconds < end {}
            }
        }
        return Timing([timing.minimum, timing.median, timing.maximum].map { max(0, $0 - work) })
    }

    /// 10⁹ bytes read and written per second.
    private static func speed(bytes: Int, _ pool: WorkerPool, seconds: Double) -> Double {
        // Elements of one array of one thread, in whole vectors of 16.
        let count = max(16, bytes / 8 / pool.threads / 16 * 16)
        let total = count * pool.threads
        let memory = [0, 1].map { _ in
            UnsafeMutableRawBufferPointer.allocate(byteCount: total * 4, alignment: 4096)
                .bindMemory(to: Float.self)
        }
        defer { for array in memory { array.deallocate() } }
        let addresses = memory.compactMap(\.baseAddress)
        // The thread that works on a part also touches it first.
        pool.run(units: pool.threads) { thread in
            for address in addresses { (address + thread * count).initialize(repeating: 1, count: count) }
        }
        // Threads meet after several passes, so that joining them costs nothing beside the passes.
        let repeats = max(1, (4 << 20) / (8 * count))
        let timing = Timing.measure(seconds: seconds) {
            pool.run(units: pool.threads) { thread in
                let start = thread * count
                hr_stream_update(addresses[0] + start, addresses[1] + start, 1e-9, count, repeats)
            }
        }
        return Double(12 * total * repeats) / timing.minimum / 1e9
    }
}
