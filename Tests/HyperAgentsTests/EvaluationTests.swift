import HyperCPU
import HyperEnvironments
import HyperParallel
import HyperTensor
import Testing

@testable import HyperAgents

/// What an evaluation makes of its episodes, those included that the simulation could not finish.
@Suite struct EvaluationTests {
    @Test func meansAreOverTheFinishedEpisodes() {
        let whole = Evaluation(returns: [1, 2, 6], lengths: [10, 20, 60])
        #expect(whole.mean == 3 && whole.standardDeviation == (14.0 / 3).squareRoot() && whole.meanLength == 30)
        #expect(whole.divergedEpisodes == 0)
        let part = Evaluation(returns: [1, nil, 5, nil], lengths: [10, 3, 50, 0])
        #expect(part.mean == 3 && part.standardDeviation == 2 && part.meanLength == 30 && part.divergedEpisodes == 2)
        let none = Evaluation(returns: [nil, nil], lengths: [1, 1])
        #expect(none.mean == nil && none.standardDeviation == nil && none.meanLength == nil)
        #expect(none.divergedEpisodes == 2)
    }

    /// Seed 0 loses one of three episodes, seed 1 all; the finished ones are what they are without that.
    @Test func divergedEpisodesHaveNoReturn() throws {
        let whole = try evaluate(breaking: [:])
        let broken = try evaluate(breaking: [1: 4, 3: 0, 4: 2, 5: 1])
        let (first, second, expected) = (broken[0], broken[1], whole[0])
        #expect(expected.divergedEpisodes == 0 && expected.returns.allSatisfy { $0 != nil })
        #expect(first.returns == [expected.returns[0], nil, expected.returns[2]])
        #expect(first.lengths == [expected.lengths[0], 5, expected.lengths[2]])
        let mean = try (#require(expected.returns[0]) + #require(expected.returns[2])) / 2
        #expect(first.mean == mean)
        #expect(second.returns == [nil, nil, nil] && second.lengths == [1, 3, 2] && second.mean == nil)
    }

    /// The loop hands such an evaluation on and trains as if nothing had been.
    @Test func trainingGoesOnAfterADivergedEvaluation() throws {
        func train(breaking steps: [Int: Int]) throws -> (Evaluation, [String: [UInt32]]) {
            let backend = try CPUBackend(threads: 1)
            let agent = try makeAgent(backend)
            let loop = try TrainingLoop(
                agent,
                VectorEnvironment(
                    Self.seeds.map { try MuJoCoEnvironment(Self.hopper(), seed: $0) }, pool: backend.pool),
                steps: 50, evaluationInterval: 40,
                evaluator: makeEvaluator(agent, breaking: steps, pool: backend.pool))
            try loop.run()
            #expect(loop.trainer.completed == 50 && loop.trainer.isRunning == [true, true])
            #expect(loop.evaluations.map(\.position) == [0, 1])
            return (loop.evaluations[0].deciding, try agent.bits(of: 3))
        }
        let (whole, broken) = (try train(breaking: [:]), try train(breaking: [0: 0, 1: 1, 2: 2]))
        #expect(whole.0.divergedEpisodes == 0 && broken.0.divergedEpisodes == 3 && broken.0.mean == nil)
        #expect(whole.1 == broken.1)
    }

    // MARK: Making one

    private static let seeds: [UInt32] = [3, 8]
    private static func hopper() throws -> EnvironmentSpec { try EnvironmentSpec.named("Hopper-v2") }

    private func makeAgent(_ backend: CPUBackend) throws -> any ActorCriticAgent {
        let spec = try Self.hopper()
        return try SmallRun().configuration().makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: Self.seeds,
            backend: backend)
    }

    /// Three episodes for each seed.
    ///
    /// - Parameter steps: The step at which an environment's simulation breaks, by the environment's place.
    private func makeEvaluator(
        _ agent: any ActorCriticAgent, breaking steps: [Int: Int], pool: WorkerPool
    ) throws -> Evaluator {
        let environments = try (0..<6).map { place in
            RecordingEnvironment(
                try MuJoCoEnvironment(
                    Self.hopper(), seed: Self.seeds[place / 3], lane: UInt32(place % 3), stream: .evaluation),
                breakingAt: steps[place].map { [$0] } ?? [])
        }
        return Evaluator(
            episodes: 3, seedCount: 2, policy: try agent.makePolicy(batch: 3), state: agent.state,
            weightArenas: agent.learner.weightArenas, environments: VectorEnvironment(environments, pool: pool))
    }

    private func evaluate(breaking steps: [Int: Int]) throws -> [Evaluation] {
        let backend = try CPUBackend(threads: 2)
        return try makeEvaluator(makeAgent(backend), breaking: steps, pool: backend.pool).evaluate(round: 1)
            .map(\.deciding)
    }
}
