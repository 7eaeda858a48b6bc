import CSIMD
import HyperTensor

extension CPUProgram: ProfilingProgram {
    var kernelCalls: [KernelCall] {
        scheduled.map { index in
            let launch = schedule.launches[index]
            return KernelCall(launches: [launch], kernel: launch.launch.name)
        }
    }
    var values: [Value] { schedule.values }
    var isQueued: Bool { false }

    /// A run is done when it returns.
    func finish() {}

    func run(timings: inout [KernelTiming]) throws {
        timings.reserveCapacity(timings.count + launchCount)
        // The end of a launch is the beginning of the next: one reading of the clock for each.
        var start = HostClock.seconds
        for call in 0..<launchCount {
            hr_run_launches(backend.pool.handle, launches + call, 1)
            let end = HostClock.seconds
            timings.append(KernelTiming(call: call, start: start, end: end))
            start = end
        }
        hasRun = true
    }
}
