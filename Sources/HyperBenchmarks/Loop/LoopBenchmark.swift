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
        let algorithm = try BenchmarkAlgorithm.named(description.algorithm)
        let spec = try EnvironmentSpec.named(description.environment)
        let agent = try algorithm.makeAgent(description, spec, backend)
        let training = try OffPolicyTraining(
            agent: agent, environments: VectorEnvironment(spec, seeds: description.seedList, pool: pool),
            evaluator: nil,
            schedule: .init(
                steps: 1_000_000_000, evaluationInterval: 1_000_000_000, logInterval: 1_000_000_000), observer: nil)
        let alone = try EnvironmentsAlone(spec, seeds: description.seedList, pool: pool)
        let explorer = Explorer(agent, spec, seeds: description.seeds)

        let period = algorithm.period(description)
        // Random steps fill the first batch; a few periods warm up.
        for _ in 0..<algorithm.batch(description) + 4 * period { try training.takeStep() }
        var step = 1_000_000
        func update() throws {
            try agent.update(step: step)
            step += 1
        }
        func time(_ count: Int, _ body: () throws -> Void) throws -> Double {
            let start = HostClock.seconds
            for _ in 0..<count { try body() }
            // Reading a result waits for what is still under way.
            _ = try agent.lossesWereFinite()
            return (HostClock.seconds - start) / Double(count)
        }
        let estimate = try time(2 * period) { try training.takeStep() }
        let count = period * max(1, Int(Self.round / 3 / estimate / Double(period)))
        var samples = (loop: [Double](), update: [Double](), environment: [Double](), act: [Double]())
        let end = HostClock.seconds + seconds
        while samples.loop.count < 3 || HostClock.seconds < end {
            samples.loop.append(try time(count) { try training.takeStep() })
            samples.update.append(try time(count, update))
            samples.environment.append(try time(count) { alone.step() })
            samples.act.append(try time(count) { try explorer.act() })
        }
        guard try agent.lossesWereFinite().allSatisfy({ $0 }), training.isRunning.allSatisfy({ $0 }) else {
            throw BenchmarkError("a number was not finite while training \(algorithm.name); the times mean nothing")
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
        return [
            "algorithm": .string(agent.algorithm), "critic": .string(agent.critic.rawValue),
            "environment": .string(agent.environment), "backend": .string(device.backend),
            "device": .string(device.name), "seeds": .integer(agent.seeds), "steps": .integer(steps),
            "loop_us": microseconds(loop), "update_us": microseconds(update),
            "environment_us": microseconds(environment),
            "act_us": microseconds(act), "overhead_percent": .double(rounded(overhead * 100, 2)),
            "peak_rss_mib": .double(rounded(ProcessMemory.peakMiB, 1)),
        ]
    }

    public var text: String {
        var table = Table([("PART OF A TRAINING STEP", .left), ("MEDIAN µs", .right), ("MIN µs", .right)])
        for (name, timing) in [
            ("whole loop", loop), ("gradient step alone", update), ("environments alone", environment),
            ("acting alone", act),
        ] {
            table.add([name, decimal(timing.median * 1e6, 1), decimal(timing.minimum * 1e6, 1)])
        }
        let seeds = agent.seeds == 1 ? "1 seed" : "\(agent.seeds) seeds together"
        return """
            \(agent.algorithm) \(agent.critic.rawValue) on \(agent.environment), \(seeds)
            \(device.backend): \(device.name)
            The loop takes \(decimal(overhead * 100, 1)) % more than the gradient step and the environments, over \(steps) steps.


            """ + table.text
    }
}

/// Environments that step with random actions and nothing else.
private final class EnvironmentsAlone {
    private let environments: VectorEnvironment
    private var actions: [Float]
    private var generator = SystemRandomNumberGenerator()
    private let range: ClosedRange<Float>

    init(_ spec: EnvironmentSpec, seeds: [UInt32], pool: WorkerPool) throws {
        environments = try VectorEnvironment(spec, seeds: seeds, pool: pool)
        actions = [Float](repeating: 0, count: seeds.count * spec.actionSize)
        range = Float(spec.actionRange.lowerBound)...Float(spec.actionRange.upperBound)
    }

    func step() {
        for index in actions.indices { actions[index] = Float.random(in: range, using: &generator) }
        let results = actions.withUnsafeBufferPointer { environments.step($0) }
        for (index, result) in results.enumerated() where result.isOver { environments.reset(index) }
    }
}

/// Asks an agent for actions at fixed observations.
private final class Explorer {
    private let agent: any OffPolicyAgent
    private let observations: [Float]
    private var actions: [Float]
    private var step = 2_000_000

    init(_ agent: any OffPolicyAgent, _ spec: EnvironmentSpec, seeds: Int) {
        self.agent = agent
        observations = (0..<seeds * spec.observationSize).map { Float($0 % 7) / 7 }
        actions = [Float](repeating: 0, count: seeds * spec.actionSize)
    }

    func act() throws {
        try observations.withUnsafeBufferPointer { observations in
            try actions.withUnsafeMutableBufferPointer { try agent.explore(observations, step: step, into: $0) }
        }
        step += 1
    }
}
