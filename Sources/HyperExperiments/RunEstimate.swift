import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperTensor

/// How long a run will take on this machine: seconds of each kind of work (`RunWork`), and of the whole. Checkpoints and
/// probes come on top.
public struct RunEstimate: Hashable, Sendable {
    /// Wall-clock seconds of an environment step with random actions; storing and logging are part of it.
    public let randomStepSeconds: Double
    /// Wall-clock seconds of an environment step in which the policy acts.
    public let policyStepSeconds: Double
    /// Wall-clock seconds of a gradient step.
    public let updateSeconds: Double
    /// Wall-clock seconds of a step of an evaluation.
    public let evaluationStepSeconds: Double
    /// Control steps after which an episode is cut off.
    private let timeLimit: Int

    init(
        randomStepSeconds: Double, policyStepSeconds: Double, updateSeconds: Double, evaluationStepSeconds: Double,
        timeLimit: Int
    ) {
        self.randomStepSeconds = randomStepSeconds
        self.policyStepSeconds = policyStepSeconds
        self.updateSeconds = updateSeconds
        self.evaluationStepSeconds = evaluationStepSeconds
        self.timeLimit = timeLimit
    }

    /// Seconds of a run that differs from the measured one in its length, in what begins when, and in the interval of
    /// evaluations alone.
    ///
    /// - Parameter done: Environment steps that are behind it, with their evaluations.
    public func seconds(of configuration: RunConfiguration, after done: Int = 0) -> Double {
        let work = RunWork(configuration, timeLimit: timeLimit, after: done)
        return Double(work.randomSteps) * randomStepSeconds + Double(work.policySteps) * policyStepSeconds
            + Double(work.updates) * updateSeconds + Double(work.evaluationSteps) * evaluationStepSeconds
    }
}

extension RunEstimate {
    /// Random steps of a trial, enough of them to be timed.
    private static let randomSteps = 256

    /// Measures for about `budget` seconds, on networks and environments of its own.
    public init(
        _ configuration: RunConfiguration, backend: any Backend, pool: WorkerPool, budget: Double = 1
    ) throws {
        var trial = configuration
        trial.steps = 1_000_000_000
        trial.agent.replayCapacity = 4 * configuration.agent.batchSize
        trial.agent.randomSteps = 1 + Self.randomSteps
        let spec = try configuration.spec()
        let agent = try TrainingRun.makeAgent(trial, spec, backend: backend)
        let training = try OffPolicyTraining(
            agent: agent, environments: VectorEnvironment(spec, seeds: configuration.seeds, pool: pool),
            evaluator: nil, schedule: .init(steps: trial.steps, logInterval: configuration.logInterval), observer: nil)
        let stopwatch = Stopwatch(agent: agent, shortest: budget / 5)
        // Updates are timed on their own: the difference of whole steps and updates would be noise where an update takes a
        // thousand times as long as the rest.
        func act() throws { try training.takeStep(updating: false) }
        _ = try stopwatch.seconds(1, act)
        randomStepSeconds = try stopwatch.seconds(Self.randomSteps, act) / Double(Self.randomSteps)
        policyStepSeconds = try stopwatch.secondsOfOne(act)
        var step = training.step
        updateSeconds = try stopwatch.secondsOfOne(period: configuration.agent.updatePeriod) {
            try agent.update(step: step)
            step += 1
        }
        let episodes = try TrialEpisodes(configuration, spec, agent: agent, pool: pool)
        evaluationStepSeconds = try stopwatch.secondsOfOne(episodes.step)
        timeLimit = spec.timeLimit
    }
}

/// Times what an agent does.
private struct Stopwatch {
    let agent: any OffPolicyAgent
    /// Seconds that are enough for a mean.
    let shortest: Double
    private let clock = ContinuousClock()

    init(agent: any OffPolicyAgent, shortest: Double) {
        self.agent = agent
        self.shortest = shortest
    }

    /// Seconds of `body`, `count` times.
    func seconds(_ count: Int, _ body: () throws -> Void) throws -> Double {
        let start = clock.now
        for _ in 0..<count { try body() }
        // Reading state waits for what is still under way.
        _ = try agent.lossesWereFinite()
        return (clock.now - start) / .seconds(1)
    }

    /// Mean seconds of one `body`, over whole periods; the first period sets up what is made at first use.
    func secondsOfOne(period: Int = 1, _ body: () throws -> Void) throws -> Double {
        _ = try seconds(period, body)
        var (count, next, total) = (0, period, 0.0)
        repeat {
            total += try seconds(next, body)
            count += next
            next *= 2
        } while total < shortest
        return total / Double(count)
    }
}

/// Episodes as an evaluation runs them, side by side. Each begins anew where it ends, so that all go on.
private final class TrialEpisodes {
    private let environments: VectorEnvironment
    private let policy: any Policy
    private var actions: [Float]

    init(
        _ configuration: RunConfiguration, _ spec: EnvironmentSpec, agent: any OffPolicyAgent, pool: WorkerPool
    ) throws {
        environments = try VectorEnvironment(
            spec, seeds: configuration.seeds, lanesPerSeed: configuration.evaluationEpisodes, stream: .evaluation,
            pool: pool)
        policy = try agent.makePolicy(batch: configuration.evaluationEpisodes)
        actions = [Float](repeating: 0, count: environments.count * spec.actionSize)
    }

    func step() throws {
        try actions.withUnsafeMutableBufferPointer { buffer in
            try policy.act(UnsafeBufferPointer(environments.observations), into: buffer)
            environments.step(UnsafeBufferPointer(buffer))
        }
        for index in 0..<environments.count where environments.results[index].isOver { environments.reset(index) }
    }
}
