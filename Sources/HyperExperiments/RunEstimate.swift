import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperTensor

/// How long a run will take on this machine, from a short trial with networks and environments of its own.
public struct RunEstimate: Sendable {
    /// Wall-clock seconds of one update for all seeds.
    public let updateSeconds: Double
    /// Wall-clock seconds of one environment step for all seeds, acting and storing included.
    public let environmentSeconds: Double
    /// Wall-clock seconds of the whole run, evaluations included.
    public let totalSeconds: Double
    /// Control steps after which an episode is cut off.
    private let timeLimit: Int

    /// Measures for about `budget` seconds.
    public init(
        _ configuration: RunConfiguration, backend: any Backend, pool: WorkerPool, budget: Double = 1
    ) throws {
        var trial = configuration
        trial.steps = 1_000_000_000
        // The policy acts from the first steps on; updates are made and timed on their own. The difference of whole steps
        // and updates would be noise where an update takes a thousand times as long as the rest.
        trial.agent.randomSteps = 1
        trial.agent.stepsBeforeUpdates = trial.steps
        trial.agent.replayCapacity = 4 * configuration.agent.batchSize
        let spec = try EnvironmentSpec.named(configuration.environment)
        let agent = try TrainingRun.makeAgent(trial, spec, backend: backend)
        let environments = try VectorEnvironment(spec, seeds: configuration.seeds, pool: pool)
        let training = try OffPolicyTraining(
            agent: agent, environments: environments, evaluator: nil, schedule: .init(steps: trial.steps),
            observer: nil)
        let clock = ContinuousClock()
        func time(_ body: () throws -> Void) throws -> Double {
            let start = clock.now
            var count = 0
            while count < 2 || (clock.now - start) / .seconds(1) < budget / 2 {
                try body()
                try body()
                count += 2
            }
            // Reading a result waits for what is still under way.
            _ = try agent.latestMetrics()
            return (clock.now - start) / .seconds(1) / Double(count)
        }
        for _ in 0..<configuration.agent.batchSize { try training.takeStep() }
        environmentSeconds = try time { try training.takeStep() }
        var step = 0
        func update() throws {
            step += 1
            try agent.update(step: step)
        }
        for _ in 0..<configuration.agent.updatePeriod { try update() }
        updateSeconds = try time(update)
        timeLimit = spec.timeLimit
        totalSeconds = Self.seconds(configuration, updateSeconds, environmentSeconds, timeLimit)
    }

    /// Seconds of a run that differs from the measured one in steps, their beginning and evaluations alone.
    public func seconds(of configuration: RunConfiguration) -> Double {
        Self.seconds(configuration, updateSeconds, environmentSeconds, timeLimit)
    }

    private static func seconds(
        _ configuration: RunConfiguration, _ update: Double, _ environment: Double, _ timeLimit: Int
    ) -> Double {
        let updates = Double(max(0, configuration.steps - configuration.agent.stepsBeforeUpdates))
        let evaluations = Double(configuration.steps / configuration.evaluationInterval)
        let evaluationSteps = evaluations * Double(timeLimit * configuration.evaluationEpisodes)
        return updates * update + (Double(configuration.steps) + evaluationSteps) * environment
    }
}
