import Glibc

/// A compiled program that can tell where the time of a run goes.
///
/// A capability beside `run`, which stays as it is: who does not ask for a profile pays nothing.
public protocol ProfilingProgram: CompiledProgram {
    /// What one run asks of the device, in order.
    var kernelCalls: [KernelCall] { get }
    /// The values that the calls' operands name.
    var values: [Value] { get }
    /// Whether calls wait in a device's queue, so that `run` returns before they are done.
    var isQueued: Bool { get }

    /// Waits until every run is done.
    func finish() throws

    /// Runs once, waits for the end, and appends one timing for each kernel call.
    func run(timings: inout [KernelTiming]) throws
}

/// One call of a kernel in each run of a program.
public struct KernelCall: Hashable, Sendable {
    /// What the call does; a backend may do several launches in one call.
    public let launches: [ScheduledLaunch]
    /// The backend's name for the kernel that is called.
    public let kernel: String

    public init(launches: [ScheduledLaunch], kernel: String) {
        self.launches = launches
        self.kernel = kernel
    }
}

/// When a kernel call ran; seconds of `HostClock`.
public struct KernelTiming: Hashable, Sendable {
    /// Position in `ProfilingProgram.kernelCalls`.
    public let call: Int
    /// When the host handed it over; equal to `start` where the host computes.
    public let queued: Double
    public let start: Double
    public let end: Double

    public init(call: Int, queued: Double? = nil, start: Double, end: Double) {
        self.call = call
        self.queued = queued ?? start
        self.start = start
        self.end = end
    }

    public var seconds: Double { end - start }
}

/// The clock of all profiles.
public enum HostClock {
    /// Seconds since some fixed moment, with nanosecond resolution; never runs backwards.
    public static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
