import HyperAgents
import HyperEnvironments
import HyperTensor

/// Times the gradient step of an agent on made-up experience, and tells where its time goes.
public enum StepBenchmark {
    /// Blocks of the whole measurement.
    private static let blocks = 50.0
    /// Every so many blocks, one is recorded launch by launch; it counts for the phases only.
    private static let recordingInterval = 4
    /// Recorded launches that are kept for a trace at most.
    private static let traceLimit = 200_000

    /// - Parameters:
    ///   - seconds: How long to measure; at least three plain blocks and one recorded block are run.
    public static func run(_ description: BenchmarkAgent, seconds: Double, backend base: any Backend) throws
        -> StepResult
    {
        let backend = RecordingBackend(base)
        let benchmark = try description.makeBenchmark(backend)
        let period = benchmark.period
        var step = 0
        /// Wall-clock seconds of `count` steps, results awaited.
        func time(_ count: Int) throws -> Double {
            let start = HostClock.seconds
            for _ in 0..<count {
                try benchmark.update()
                step += 1
            }
            // What is still under way belongs to it.
            _ = try benchmark.finish()
            return HostClock.seconds - start
        }
        _ = try time(2 * period)
        let estimate = try time(2 * period) / 2
        // Steps of a block: whole periods, so that all blocks do the same work.
        let count = period * max(1, Int((seconds / blocks / max(estimate, 1e-9)).rounded(.up)))
        let end = HostClock.seconds + seconds
        let first = step
        var plain: [Double] = []
        var recorded: [(wall: Double, runs: [RecordedRun])] = []
        while plain.count < 3 || recorded.isEmpty || HostClock.seconds < end {
            if (plain.count + recorded.count) % recordingInterval == recordingInterval - 1 {
                backend.isRecording = true
                let wall = try time(count)
                backend.isRecording = false
                recorded.append((wall, backend.takeRuns()))
            } else {
                plain.append(try time(count) / Double(count))
            }
        }
        guard try benchmark.finish() else {
            throw BenchmarkError("a loss was not finite after \(step) steps; the times mean nothing")
        }
        recorded.sort { $0.wall < $1.wall }
        let median = recorded[recorded.count / 2]
        // A trace that no viewer opens helps nobody: whole runs, from the first one on.
        var kept = 0
        let traced = median.runs.prefix {
            kept += $0.timings.count
            return kept <= traceLimit
        }
        return StepResult(
            agent: description, device: backend.device, batch: benchmark.batchSize, steps: step - first,
            step: Timing(plain), phases: PhaseTimes(median.runs, wall: median.wall).divided(by: count),
            recordedSteps: count, peakMiB: ProcessMemory.peakMiB, runs: Array(traced))
    }
}
