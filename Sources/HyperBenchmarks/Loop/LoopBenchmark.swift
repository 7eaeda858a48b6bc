import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperTensor

/// Times a whole training step (act, step the environment, store, learn) beside its parts, alternately.
public struct LoopBenchmark {
    public let agent: BenchmarkAgent
    public let device: DeviceDescription
    /// Training steps that were timed.
    public let steps: Int
    /// Seconds of a training step of all seeds together, by block; likewise the others.
    public let loop: Timing
    /// Of the gradient step alone.
    public let update: Timing
    /// Of the environments alone, MuJoCo and observations, with random actions.
    public let environment: Timing
    /// Of the actions with exploration, read back.
    public let act: Timing

    /// Seconds of all blocks of a round.
    private static let round = 0.4

    /// What the loop takes beyond the gradient step and the environments, as a share of both.
    public var overhead: Double { loop.median / (update.median + environment.median) - 1 }

    /// - Parameter seconds: How long to measure; at least three rounds are run.
    public init(_ description: BenchmarkAgent, seconds: Double, backend: any Backend, pool: WorkerPool) throws {
        self.agent = description
        device = backend.device
        let parts = try description.makeLoop(backend, pool: pool)
        let period = parts.period
        // A few periods warm up.
        for _ in 0..<4 * period { try parts.whole() }
        func time(_ count: Int, _ body: () throws -> Void) throws -> Double {
            let start = HostClock.seconds
            for _ in 0..<count { try body() }
            // What is still under way belongs to it.
            _ = try parts.finish()
            return (HostClock.seconds - start) / Double(count)
        }
        let estimate = try time(2 * period, parts.whole)
        let count = period * max(1, Int(Self.round / 3 / estimate / Double(period)))
        var samples = (loop: [Double](), update: [Double](), environment: [Double](), act: [Double]())
        let end = HostClock.seconds + seconds
        while samples.loop.count < 3 || HostClock.seconds < end {
            samples.loop.append(try time(count, parts.whole))
            samples.update.append(try time(count, parts.update))
            samples.environment.append(try time(count, parts.environments))
            samples.act.append(try time(count, parts.act))
        }
        guard try parts.finish() else {
            throw BenchmarkError(
                "a number was not finite while training \(description.algorithm); the times mean nothing")
        }
        steps = count * samples.loop.count
        loop = Timing(samples.loop)
        self.update = Timing(samples.update)
        environment = Timing(samples.environment)
        act = Timing(samples.act)
    }

    public var json: JSONValue {
        func microseconds(_ timing: Timing) -> JSONValue {
            ["median": .double(rounded(timing.median * 1e6, 3)), "min": .double(rounded(timing.minimum * 1e6, 3))]
        }
        var json = agent.json
        let measured = JSONObject([
            "backend": .string(device.backend),
            "device": .string(device.name), "seeds": .integer(agent.seeds), "steps": .integer(steps),
            "loop_us": microseconds(loop), "update_us": microseconds(update),
            "environment_us": microseconds(environment),
            "act_us": microseconds(act), "overhead_percent": .double(rounded(overhead * 100, 2)),
            "peak_rss_mib": .double(rounded(ProcessMemory.peakMiB, 1)),
        ])
        json.add(measured)
        return .object(json)
    }

    public var text: String {
        var table = Table([("PART OF A TRAINING STEP", .left), ("MEDIAN µs", .right), ("MIN µs", .right)])
        for (name, timing) in [
            ("whole loop", loop), ("gradient step alone", update), ("environments alone", environment),
            ("acting alone", act),
        ] {
            table.add([name, decimal(timing.median * 1e6, 1), decimal(timing.minimum * 1e6, 1)])
        }
        return """
            \(agent.title)
            \(device.backend): \(device.name)
            The loop takes \(decimal(overhead * 100, 1)) % more than the gradient step and the environments, over \(steps) steps.


            """ + table.text
    }
}
