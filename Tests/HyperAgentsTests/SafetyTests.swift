import HyperCPU
import HyperEnvironments
import HyperModels
import HyperTensor
import HyperTestSupport
import Testing

@testable import HyperAgents

/// What happens when something goes wrong inside a run.
@Suite struct SafetyTests {
    /// A learning rate that blows up one seed's weights would blow up all; so one seed is poisoned by hand.
    @Test(arguments: TestedAlgorithm.all) func aSeedWithNaNStopsAndTheOthersGoOn(_ algorithm: TestedAlgorithm) throws {
        let backend = try CPUBackend(threads: 1)
        let run = SmallRun(algorithm: algorithm, seeds: [5, 6])
        let spec = try EnvironmentSpec.named(run.environment)
        let agent = try run.configuration().makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: run.seeds,
            backend: backend)
        let bias = try #require(
            agent.parameterArenas.flatMap(\.variables).first { $0.name == "critic.layers.1.bias" })
        var poison = Float.nan
        let perSeed = bias.type.count / 2
        try withUnsafeBytes(of: &poison) { try agent.state.write(bias, elements: perSeed..<perSeed + 1, from: $0) }
        let counter = EventCounter()
        let training = try OffPolicyTraining(
            agent: agent, environments: try VectorEnvironment(spec, seeds: run.seeds, pool: backend.pool),
            evaluator: nil, schedule: .init(steps: 60, logInterval: 10), observer: counter)
        try training.run()
        #expect(training.step == 60)
        #expect(training.isRunning == [true, false])
        let reason = try #require(counter.stops.first)
        #expect(counter.stops.count == 1)
        #expect(reason.contains("tensor critic."), "\(reason)")
        // The healthy seed is what it is without its companion.
        let alone = try SmallRun(algorithm: algorithm, seeds: [5], steps: 60).train()
        #expect(try agent.bits(of: 5) == alone.bits(of: 5))
    }

    @Test func aSeedWithABadObservationStopsInThatStep() throws {
        let backend = try CPUBackend(threads: 1)
        let tasks = [ReachingTask(seed: 5), ReachingTask(seed: 6)]
        var configuration = TD3Configuration(critic: .mlpStandard, environment: "Hopper-v2")
        configuration.randomSteps = 4
        configuration.batchSize = 4
        configuration.replayCapacity = 60
        let agent = try TD3Agent(
            configuration, stateSize: 1, actionSize: 1, actionLimit: 1, seeds: [5, 6], backend: backend)
        let counter = EventCounter()
        counter.atStep = { step in
            guard step == 12 else { return }
            let now = tasks[1].snapshot()
            try? tasks[1].restore(
                EnvironmentSnapshot(
                    id: now.id, positions: [.nan], velocities: [], accelerationWarmstart: [], time: now.time,
                    torsoPosition: [], observation: [], episodeIndex: now.episodeIndex, episodeStep: now.episodeStep,
                    episodeReturn: now.episodeReturn))
        }
        let training = try OffPolicyTraining(
            agent: agent, environments: VectorEnvironment(tasks, pool: backend.pool), evaluator: nil,
            schedule: .init(steps: 30, logInterval: 10), observer: counter)
        try training.run()
        #expect(training.step == 30 && training.isRunning == [true, false])
        #expect(counter.stops == ["1: element 0 of the observation is nan"] && counter.stopSteps == [12])
        // The transition with it was not stored.
        #expect(agent.replay.stored == [30, 12])
    }

    @Test func settingsRejectUnknownNamesAndBadValues() throws {
        var configuration = TD3Configuration(critic: .saHyper, environment: "Hopper-v2")
        try configuration.set("batch-size", to: "128")
        #expect(configuration.batchSize == 128)
        #expect(throws: SettingError.self) { try configuration.set("batchsize", to: "1") }
        #expect(throws: SettingError.self) { try configuration.set("batch-size", to: "0") }
        #expect(throws: SettingError.self) { try configuration.set("discount", to: "nan") }
        #expect(throws: SettingError.self) { try configuration.set("initialization", to: "other") }
        #expect(configuration.batchSize == 128)
    }

    /// Every setting reads back what was written, so that run.json tells the truth.
    @Test(arguments: TestedAlgorithm.variants) func settingsReadBack(_ algorithm: TestedAlgorithm) throws {
        let expected = try algorithm.configuration(critic: .saHyper, environment: "Hopper-v2")
        var configuration = expected
        for (name, value) in configuration.settingValues { try configuration.set(name, to: value) }
        #expect(configuration == expected)
        // Lists also have what applies to other critics alone.
        let listed = Dictionary(uniqueKeysWithValues: configuration.settingTable.map { ($0.name, $0.value) })
        for (name, value) in configuration.settingValues { #expect(listed[name] == value) }
        #expect(listed["features"] == "10" && !configuration.settingValues.contains { $0.name == "features" })
        try configuration.set("batch-size", to: "77")
        #expect(configuration != expected && configuration.batchSize == 77)
    }

    @Test func entropyIsANumberOrLearned() throws {
        var configuration = SACConfiguration(critic: .saHyper, environment: "Hopper-v2")
        try configuration.set("entropy", to: "0.2")
        #expect(configuration.entropy == .fixed(0.2))
        try configuration.set("entropy", to: "auto")
        #expect(configuration.entropy == .automatic)
        for text in ["-1", "nan", "automatic", ""] {
            #expect(throws: SettingError.self, "\(text)") { try configuration.set("entropy", to: text) }
        }
        #expect(configuration.entropy == .automatic)
    }

    @Test func defaultsAreThePapers() {
        let hyper = TD3Configuration(critic: .saHyper, environment: "HalfCheetah-v2")
        #expect(hyper.criticLearningRate == 5e-5 && hyper.actorLearningRate == 3e-4)
        #expect(hyper.batchSize == 100 && hyper.policyDelay == 2 && hyper.discount == 0.99)
        #expect(hyper.targetRate == 0.005 && hyper.explorationNoise == 0.1 && hyper.targetNoise == 0.2)
        #expect(hyper.targetNoiseClip == 0.5 && hyper.replayCapacity == 1_000_000 && hyper.randomSteps == 10_000)
        let mlp = TD3Configuration(critic: .mlpStandard, environment: "Walker2d-v2")
        #expect(mlp.criticLearningRate == 3e-4 && mlp.randomSteps == 1000)
        #expect(TD3Configuration(critic: .mlpStandard, environment: "AntNoControlCost-v2").randomSteps == 10_000)
    }

    @Test func defaultsOfSACAreThePapers() {
        let hyper = SACConfiguration(critic: .saHyper, environment: "HalfCheetah-v2")
        #expect(hyper.criticLearningRate == 5e-5 && hyper.actorLearningRate == 1e-4 && hyper.randomSteps == 10_000)
        #expect(hyper.batchSize == 256 && hyper.discount == 0.99 && hyper.targetRate == 0.005)
        #expect(hyper.rewardScale == 5 && hyper.entropy == .fixed(1) && hyper.stepsBeforeUpdates == 256)
        #expect(hyper.architecture.primaryFactor == 0.5.squareRoot() && hyper.baseline.initialization == .xavier)
        #expect(SACConfiguration(critic: .saHyper, environment: "Hopper-v2").actorLearningRate == 2e-5)
        let mlp = SACConfiguration(critic: .mlpStandard, environment: "AntNoControlCost-v2")
        #expect(mlp.criticLearningRate == 3e-4 && mlp.actorLearningRate == 3e-4 && mlp.randomSteps == 1000)
    }

    /// SAC's random steps may go on while it learns; TD3's may not.
    @Test(
        arguments: [("td3", [:], 30), ("sac", ["steps-before-updates": "20"], 20)] as [(String, [String: String], Int)])
    func updatesBeginWhenTheyShould(_ name: String, _ settings: [String: String], _ first: Int) throws {
        let algorithm = TestedAlgorithm(
            algorithm: try #require(OffPolicyAlgorithm.named(name)), settings: settings)
        var configuration = try algorithm.configuration(critic: .mlpStandard, environment: "Hopper-v2")
        configuration.replayCapacity = 100
        configuration.batchSize = 4
        configuration.randomSteps = 30
        #expect(configuration.stepsBeforeUpdates == first)
        let backend = try CPUBackend(threads: 1)
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let agent = try configuration.makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: [1], backend: backend)
        let training = try OffPolicyTraining(
            agent: agent, environments: try VectorEnvironment(spec, seeds: [1], pool: backend.pool), evaluator: nil,
            schedule: .init(steps: 100), observer: nil)
        for _ in 0..<first { try training.takeStep() }
        #expect(try agent.latestMetrics().isEmpty)
        try training.takeStep()
        #expect(try !agent.latestMetrics().isEmpty)
    }

    /// What an agent tells is what its algorithm's columns are.
    @Test(arguments: TestedAlgorithm.variants) func metricsAreTheColumns(_ algorithm: TestedAlgorithm) throws {
        let agent = try SmallRun(algorithm: algorithm).train()
        let expected = try SmallRun(algorithm: algorithm).configuration().metrics.map(\.rawValue)
        let metrics = try agent.latestMetrics()
        #expect(Set(metrics.map(\.name)) == Set(expected))
        #expect(metrics.allSatisfy { $0.values.count == 1 && $0.values[0].isFinite })
    }
}
