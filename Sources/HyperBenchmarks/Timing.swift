import HyperTensor

/// Wall-clock seconds of something that was done many times.
public struct Timing: Hashable, Sendable {
    public let median: Double
    public let minimum: Double
    public let maximum: Double

    /// - Parameter samples: At least one.
    public init(_ samples: [Double]) {
        precondition(!samples.isEmpty, "Timing: no samples")
        let sorted = samples.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        minimum = sorted[0]
        maximum = sorted[sorted.count - 1]
    }

    /// Calls `body` for about `seconds` and times it in blocks that last at least `shortest`, so that reading the clock
    /// costs nothing beside them. Two calls warm up apart.
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
        while samples.count < 3 || now < end {
            for _ in 0..<calls { try body() }
            let next = HostClock.seconds
            samples.append((next - now) / Double(calls))
            now = next
        }
        return Timing(samples)
    }
}
