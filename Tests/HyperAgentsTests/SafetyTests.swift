import HyperCPU
import HyperEnvironments
import HyperModels
import HyperTensor
import HyperTestSupport
import Testing

@testable import HyperAgents

/// What happens when something goes wrong inside a run.
@Suite struct SafetyTests {
    /// Two seeds of Hopper, 60 steps, learning after 30, looked at every 10.
    private struct Run {
        let agent: any ActorCriticAgent
        let loop: TrainingLoop

        init(_ algorithm: TestedAlgorithm) throws {
            let backend = try CPUBackend(threads: 1)
            let run = SmallRun(algorithm: algorithm, seeds: [5, 6])
            let spec = try EnvironmentSpec.named(run.environment)
            agent = try run.configuration().makeAgent(
                stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: run.seeds,
                backend: backend)
            loop = try TrainingLoop(
                agent, VectorEnvironment(spec, seeds: run.seeds, pool: backend.pool), steps: 60, logInterval: 10)
        }

        /// Puts a number into a tensor of a seed.
        func write(_ value: Float, to name: String, seed: Int, element: Int = 0) throws {
            let variable = try #require(agent.state.layout.variables.first { $0.name == name })
            let index = seed * variable.type.count / 2 + element
            try withUnsafeBytes(of: value) { try agent.state.write(variable, elements: index..<index + 1, from: $0) }
        }

        /// A healthy seed is what it is without its companion.
        func expectHealthy(_ seed: UInt32, _ algorithm: TestedAlgorithm) throws {
            let alone = try SmallRun(algorithm: algorithm, seeds: [seed], steps: 60).train()
            #expect(try agent.bits(of: seed) == alone.bits(of: seed))
        }
    }

    /// A learning rate that blows up one seed's weights would blow up all; so one seed is poisoned by hand.
    @Test(arguments: TestedAlgorithm.all) func aSeedWithNaNStopsAndTheOthersGoOn(_ algorithm: TestedAlgorithm) throws {
        let run = try Run(algorithm)
        try run.write(.nan, to: "critic.layers.1.bias", seed: 1)
        try run.loop.run()
        #expect(run.loop.trainer.completed == 60)
        #expect(run.loop.trainer.isRunning == [true, false])
        let reason = try #require(run.loop.stops.first)
        #expect(run.loop.stops.count == 1)
        #expect(reason.contains("tensor critic."), "\(reason)")
        let flags = try #require(run.agent.state.layout.variables.first { $0.name == "losses_were_finite" })
        #expect(try run.agent.state.floats(flags) == [1, 0])
        try run.expectHealthy(5, algorithm)
    }

    /// Whichever number of the action it is, and before the environment gets it.
    @Test(arguments: TestedAlgorithm.all, [0, 1, 2]) func aSeedWithABadActionStopsInThatStep(
        _ algorithm: TestedAlgorithm, _ element: Int
    ) throws {
        let run = try Run(algorithm)
        run.loop.atStep = { step in
            if step == 43 { try? run.write(.nan, to: "actor.layers.2.bias", seed: 1, element: element) }
        }
        try run.loop.run()
        let place = "element \(element) of tensor actor.layers.2.bias is nan"
        #expect(run.loop.stops == ["1: the policy's action is not finite; \(place)"])
        #expect(run.loop.stopSteps == [43] && run.agent.replay.stored == [60, 43])
        try run.expectHealthy(5, algorithm)
    }

    /// A loss can overflow once and leave nothing behind; its flag tells of it at the next look.
    @Test(arguments: TestedAlgorithm.all) func aLossThatWasNotFiniteOnceStopsTheSeed(_ algorithm: TestedAlgorithm)
        throws
    {
        let run = try Run(algorithm)
        run.loop.atStep = { step in
            if step == 43 { try? run.write(0, to: "losses_were_finite", seed: 0) }
        }
        try run.loop.run()
        #expect(run.loop.stops == ["0: a loss was not finite since the last look; all tensors are finite"])
        #expect(run.loop.stopSteps == [50] && run.loop.logs == 2 * 4 + 2)
        #expect(run.agent.replay.stored == [50, 60])
        try run.expectHealthy(6, algorithm)
    }

    /// In random steps and in the policy's, with any seed; the other one learns what it would have learned alone.
    @Test(
        arguments: [
            (.observation(.nan), "element 0 of the observation is nan"),
            (.observation(-.infinity), "element 0 of the observation is -inf"),
            (.reward(.nan), "the reward is nan"), (.reward(.infinity), "the reward is inf"),
        ] as [(FaultyTask.Fault, String)], [(seed: 0, step: 2), (1, 12)])
    func aSeedWithABadStepStopsInIt(
        _ fault: (FaultyTask.Fault, String), _ place: (seed: Int, step: Int)
    ) throws {
        let backend = try CPUBackend(threads: 1)
        var configuration = TD3Configuration(critic: .mlpStandard, environment: "Hopper-v2")
        try configuration.set([
            ("random-steps", "4"), ("batch-size", "4"), ("replay-capacity", "60"), ("critic.hidden-size", "16"),
            ("actor.hidden-sizes", "16"),
        ])
        func train(_ tasks: [any Environment], seeds: [UInt32]) throws -> (TD3Agent, TrainingLoop) {
            let agent = try TD3Agent(
                configuration, stateSize: 1, actionSize: 1, actionLimit: 1, seeds: seeds, backend: backend)
            let loop = try TrainingLoop(
                agent, VectorEnvironment(tasks, pool: backend.pool), steps: 30, logInterval: 10)
            return (agent, try loop.run())
        }
        let seeds: [UInt32] = [5, 6]
        var tasks: [any Environment] = seeds.map { ReachingTask(seed: $0) }
        tasks[place.seed] = FaultyTask(seed: seeds[place.seed], fault: fault.0, at: place.step)
        let (agent, loop) = try train(tasks, seeds: seeds)
        let healthy = 1 - place.seed
        let trainer = loop.trainer
        #expect(trainer.completed == 30 && trainer.isRunning[healthy] && !trainer.isRunning[place.seed])
        #expect(loop.stops == ["\(place.seed): \(fault.1)"] && loop.stopSteps == [place.step])
        // The transition with it was not stored.
        #expect(agent.replay.stored[healthy] == 30 && agent.replay.stored[place.seed] == place.step)
        let (alone, _) = try train([ReachingTask(seed: seeds[healthy])], seeds: [seeds[healthy]])
        #expect(try agent.bits(of: seeds[healthy]) == alone.bits(of: seeds[healthy]))
    }

    /// SAC's random steps may go on while it learns; TD3's may not.
    @Test(
        arguments: [("td3", [:], 30), ("sac", ["steps-before-updates": "20"], 20)] as [(String, [String: String], Int)])
    func updatesBeginWhenTheyShould(_ name: String, _ settings: [String: String], _ first: Int) throws {
        let algorithm = TestedAlgorithm(
            algorithm: try #require(ActorCriticType.named(name)), settings: settings)
        var configuration = try algorithm.configuration(critic: .mlpStandard, environment: "Hopper-v2")
        try configuration.set([("replay-capacity", "100"), ("batch-size", "4"), ("random-steps", "30")])
        #expect(configuration.stepsBeforeUpdates == first)
        let backend = try CPUBackend(threads: 1)
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let agent = try configuration.makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: [1], backend: backend)
        let loop = try TrainingLoop(agent, VectorEnvironment(spec, seeds: [1], pool: backend.pool), steps: 100)
        for _ in 0..<first { try loop.takeStep() }
        #expect(try agent.latestMetrics().isEmpty)
        try loop.takeStep()
        #expect(try !agent.latestMetrics().isEmpty)
    }

    /// What an agent tells is what its algorithm's columns are.
    @Test(arguments: TestedAlgorithm.variants) func metricsAreTheColumns(_ algorithm: TestedAlgorithm) throws {
        let agent = try SmallRun(algorithm: algorithm).train()
        let expected = AgentConfiguration(try SmallRun(algorithm: algorithm).configuration()).metrics
        let metrics = try agent.latestMetrics()
        #expect(Set(metrics.map(\.name)) == Set(expected))
        #expect(metrics.allSatisfy { $0.values.count == 1 && $0.values[0].isFinite })
    }
}

/// `ReachingTask` with one step that gives a number which is not finite.
final class FaultyTask: Environment {
    enum Fault {
        case observation(Float)
        case reward(Double)
    }

    private let inner: ReachingTask
    private let fault: Fault
    private let faultyStep: Int
    private var steps = 0

    /// - Parameter step: Counted from 0 over all episodes.
    init(seed: UInt32, fault: Fault, at step: Int) {
        inner = ReachingTask(seed: seed)
        self.fault = fault
        faultyStep = step
    }

    var spec: EnvironmentSpec { inner.spec }
    var episodeIndex: Int { inner.episodeIndex }
    var episodeStep: Int { inner.episodeStep }
    var episodeReturn: Double { inner.episodeReturn }
    func reset(toEpisode index: Int) { inner.reset(toEpisode: index) }

    func step(_ action: UnsafeBufferPointer<Float>) -> StepResult {
        let result = inner.step(action)
        steps += 1
        guard steps == faultyStep + 1, case .reward(let reward) = fault else { return result }
        return StepResult(reward: reward, terminated: result.terminated, truncated: result.truncated)
    }

    func copyObservation(to target: UnsafeMutableBufferPointer<Float>) {
        inner.copyObservation(to: target)
        if steps == faultyStep + 1, case .observation(let value) = fault { target[0] = value }
    }

    func snapshot() -> EnvironmentSnapshot { inner.snapshot() }
    func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError) { try inner.restore(snapshot) }
}
