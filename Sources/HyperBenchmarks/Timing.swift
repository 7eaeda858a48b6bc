import HyperStatistics
import HyperTensor

extension ProfilingProgram {
    /// Runs for about `seconds`, after two runs to warm up, and times the kernels by the device's own clock: what starting a
    /// single run costs is left out. At least five runs are timed, or one where a run is longer than `seconds`.
    ///
    /// - Returns: Seconds of all kernels of a run.
    func deviceTiming(seconds: Double) throws -> Timing {
        func sample() throws -> Double {
            var timings: [KernelTiming] = []
            try run(timings: &timings)
            return timings.reduce(0) { $0 + $1.seconds }
        }
        _ = try sample()
        let start = HostClock.seconds
        var samples = [try sample()]
        if HostClock.seconds - start > seconds { return Timing(samples) }
        samples = []
        while samples.count < 5 || HostClock.seconds - start < seconds { samples.append(try sample()) }
        return Timing(samples)
    }
}

/// Wall-clock seconds of something that was done many times.
public struct Timing: Hashable, Sendable {
    public let median: Double
    public let minimum: Double
    public let maximum: Double

    /// - Parameter samples: At least one.
    public init(_ samples: [Double]) {
        precondition(!samples.isEmpty, "Timing: no samples")
        median = Statistics.quantile(samples, 0.5) ?? .nan
        minimum = samples.min() ?? .nan
        maximum = samples.max() ?? .nan
    }

    /// Calls `body` for about `seconds` and times it in blocks that last at least `shortest`, so that reading the clock
    /// costs nothing beside them. Two calls warm up apart; at least three blocks are timed, or one where a single call is
    /// longer than `seconds`.
    ///
    /// - Returns: Seconds of one call.
    public static func measure(seconds: Double, shortest: Double = 1e-4, _ body: () throws -> Void) rethrows -> Timing {
        try body()
        let start = HostClock.seconds
        try body()
        let estimate = max(HostClock.seconds - start, 1e-9)
        let calls = max(1, Int((shortest / estimate).rounded(.up)))
        var samples: [Double] = []
        let end = HostClock.seconds + seconds
        var now = HostClock.seconds
        while samples.count < (estimate > seconds ? 1 : 3) || now < end {
            for _ in 0..<calls { try body() }
            let next = HostClock.seconds
            samples.append((next - now) / Double(calls))
            now = next
        }
        return Timing(samples)
    }
}
