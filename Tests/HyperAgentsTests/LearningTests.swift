import HyperCPU
import HyperEnvironments
import HyperModels
import HyperParallel
import HyperRandom
import HyperTestSupport
import Testing

@testable import HyperAgents

/// Agents learn: a toy to its known best return, a real task well beyond chance.
@Suite struct LearningTests {
    /// The paper's critic and the usual one with every algorithm, all others with the first.
    private static let cases: [(TestedAlgorithm, CriticKind)] =
        TestedAlgorithm.variants.flatMap { [($0, .mlpStandard), ($0, .saHyper)] }
        + CriticKind.allCases.filter { $0 != .mlpStandard && $0 != .saHyper }.map { (TestedAlgorithm.all[0], $0) }

    @Test(arguments: cases)
    func solvesReaching(_ algorithm: TestedAlgorithm, _ critic: CriticKind) throws {
        var configuration = try algorithm.configuration(critic: critic, environment: "Reaching")
        try configuration.setWhatApplies([
            "actor.hidden-sizes": "32,32", "primary.widths": "32,32,32", "dynamic.hidden-size": "32",
            "critic.hidden-size": critic == .mlpLarge ? "64" : "32", "critic.residual-blocks": "4",
            "actor-learning-rate": "0.001", "critic-learning-rate": "0.001", "batch-size": "64",
            "replay-capacity": "4000",
        ])
        configuration.beginUpdates(afterRandomSteps: 500)
        let seeds: [UInt32] = Array(0..<11)
        let episodes = 10
        let backend = try CPUBackend(threads: 2)
        let agent = try configuration.makeAgent(
            stateSize: 1, actionSize: 1, actionLimit: 1, seeds: seeds, backend: backend)
        func environments(_ lanes: Int, _ stream: HyperRandom.Stream) -> VectorEnvironment {
            VectorEnvironment(
                seeds.flatMap { seed in
                    (0..<lanes).map { ReachingTask(seed: seed, lane: UInt32($0), stream: stream) }
                }, pool: backend.pool)
        }
        try TrainingLoop(agent, environments(1, .environment), steps: 4000).run()
        let evaluation = environments(episodes, .evaluation)
        let results = try Evaluator(
            episodes: episodes, seedCount: seeds.count, policy: try agent.makePolicy(batch: episodes),
            state: agent.state, weightArenas: agent.learner.weightArenas, environments: evaluation
        ).evaluate(round: 0)
        let shortfalls = try results.enumerated().map { seed, result -> Double in
            let best = (0..<episodes).map { lane -> Double in
                (evaluation.environments[seed * episodes + lane] as? ReachingTask)?.bestReturn(ofEpisode: 0) ?? .nan
            }
            return try best.reduce(0, +) / Double(episodes) - #require(result.deciding.mean)
        }
        // A policy that stands still gets 20 · E[x₀²] ≈ −6.7, the best about −0.7. Which seeds end far below the best
        // changes with every rounding: with mlp-small and as-hyper, which learn worse, 4 of 24 by more than 0.5. The
        // middle one of 24 was at most 0.17 below with every critic.
        let middle = shortfalls.sorted()[seeds.count / 2]
        #expect(middle < 0.5, "below the best possible return: \(shortfalls)")
    }

    /// 45,000 steps of HalfCheetah, one seed. Random play earns about −280, an untrained policy about −1; PyTorch's TD3
    /// had about 800 at 30,000 steps and 2,600 at 50,000.
    @Test func halfCheetahLearnsToRun() throws {
        let backend = try CPUBackend(threads: 2)
        let spec = try EnvironmentSpec.named("HalfCheetah-v2")
        var configuration = TD3Configuration(critic: .mlpStandard, environment: spec.id)
        try configuration.set("replay-capacity", to: "45000")
        let agent = try TD3Agent(
            configuration, stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: [0],
            backend: backend)
        let evaluator = Evaluator(
            episodes: 5, seedCount: 1, policy: try agent.makePolicy(batch: 5), state: agent.state,
            weightArenas: agent.learner.weightArenas,
            environments: try VectorEnvironment(
                spec, seeds: [0], lanesPerSeed: 5, stream: .evaluation, pool: backend.pool))
        let before = try #require(try evaluator.evaluate(round: 0)[0].deciding.mean)
        try TrainingLoop(agent, VectorEnvironment(spec, seeds: [0], pool: backend.pool), steps: 45_000).run()
        let after = try #require(try evaluator.evaluate(round: 1)[0].deciding.mean)
        print("half-cheetah: mean return \(before) before, \(after) after 45,000 steps")
        #expect(before < 200 && after > 800, "mean return \(before) before, \(after) after training")
    }
}
