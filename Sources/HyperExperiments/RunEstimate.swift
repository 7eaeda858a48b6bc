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
        // Policy and updates from the first steps on.
        trial.agent.randomSteps = 1
        trial.agent.stepsBeforeUpdates = 1
        trial.agent.replayCapacity = 4 * configuration.agent.batchSize
        let spec = try EnvironmentSpec.named(configuration.environment)
        let agent = try TrainingRun.makeAgent(trial, spec, backend: backend)
        let environments = try VectorEnvironment(spec, seeds: configuration.seeds, pool: pool)
        let training = try OffPolicyTraining(
            agent: agent, environments: environments, evaluator: nil, schedule: .init(steps: trial.steps),
            observer: nil)
        let clock = ContinuousClock()
        func time(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
            let start = clock.now
            var count = 0
            while count < 2 || (clock.now - start) / .seconds(1) < seconds {
                try body()
                try body()
                count += 2
            }
            return (clock.now - start) / .seconds(1) / Double(count)
        }
        for _ in 0..<4 { try training.takeStep() }
        let stepSeconds = try time(budget / 2) { try training.takeStep() }
        var step = 0
        updateSeconds = try time(budget / 2) {
            step += 1
            try agent.update(step: step)
        }
        // Reading a result waits for what is still under way.
        _ = try agent.latestMetrics()
        environmentSeconds = max(stepSeconds - updateSeconds, 1e-6)
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
