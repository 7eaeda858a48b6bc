import Testing

@testable import HyperEnvironments

/// Whole episodes of the meta tasks agree with a C program that has only MuJoCo's library and Gymnasium's model files
/// (tools/meta-trajectories.c).
@Suite struct MetaTrajectoryTests {
    static let metaTasks = EnvironmentSpec.all.filter { $0.goalKind != .none }.map(\.id)

    @Test func everyMetaTaskIsPlayedWithSeveralGoalsToBothKindsOfEnd() throws {
        let fixture = try Fixtures.metaEpisodes()
        for id in Self.metaTasks {
            let played = fixture.episodes.filter { $0.rewards.contains { $0.task == id } }
            let goals = Set(
                played.flatMap { $0.rewards.filter { $0.task == id }.compactMap(\.goal).map(\.description) })
            #expect(goals.count >= (try EnvironmentSpec.named(id).goalKind == .direction ? 2 : 4))
            #expect(played.contains { !$0.ended && $0.steps == fixture.horizon })
            #expect(played.contains(where: \.ended) == id.hasPrefix("Ant"), "only ants fall")
            #expect(played.contains { $0.actions.joined().contains { abs($0) > 1 } }, "clipping must show")
        }
        // Both of the ant's limits, 0.2 and 1.
        let heights = fixture.episodes.filter(\.ended).compactMap { $0.states.last?.observation[0] }
        #expect(heights.contains { $0 < 0.2 } && heights.contains { $0 > 1 })
    }

    @Test(arguments: metaTasks)
    func episodesAreTheCProgramsForEveryGoal(_ id: String) throws {
        let spec = try EnvironmentSpec.named(id)
        let fixture = try Fixtures.metaEpisodes()
        var worst = (observation: 0.0, reward: 0.0)
        for episode in fixture.episodes {
            for rewards in episode.rewards where rewards.task == id {
                let goal = try #require(rewards.goal)
                let environment = try MuJoCoEnvironment(spec, seed: 0, goal: goal)
                let difference = try play(episode, rewards, on: environment, horizon: fixture.horizon)
                worst = (max(worst.observation, difference.observation), max(worst.reward, difference.reward))
            }
        }
        // Measured: observations equal bit for bit, rewards within 5e-16 (sums in another order). The room is for CPUs on
        // which the C library rounds sin and cos differently: 3e-12 without fused multiply-add, as impacts multiply a
        // rounding step within the 20 steps that lie between two stored states.
        #expect(worst.observation < 1e-9)
        #expect(worst.reward < 1e-9)
    }

    /// Plays an episode, beginning again from each stored state, and gives the largest differences.
    private func play(
        _ episode: Fixtures.MetaEpisodes.Episode, _ rewards: Fixtures.MetaEpisodes.Rewards,
        on environment: MuJoCoEnvironment, horizon: Int
    ) throws -> (observation: Double, reward: Double) {
        let name = "\(episode.body) \(episode.name), \(environment.goal)"
        try environment.setState(qpos: episode.start_qpos, qvel: episode.start_qvel)
        let start = try #require(episode.states.first)
        var states = episode.states.dropFirst()
        var worst = (observation: difference(environment.observation, start.observation), reward: 0.0)
        try #require(rewards.values.count == episode.steps)
        for step in 1...episode.steps {
            let result = environment.step(episode.actions[step - 1])
            worst.reward = max(worst.reward, abs(result.reward - rewards.values[step - 1]))
            #expect(result.divergence == nil)
            #expect(result.terminated == (episode.ended && step == episode.steps), "\(name): step \(step)")
            #expect(result.truncated == (step == horizon), "\(name): step \(step)")
            guard let state = states.first, state.step == step else { continue }
            states.removeFirst()
            worst.observation = max(worst.observation, difference(environment.observation, state.observation))
            try goOn(environment, from: state)
        }
        #expect(states.isEmpty)
        return worst
    }

    /// Puts the simulation where the C program's was; steps and returns are counted on.
    private func goOn(_ environment: MuJoCoEnvironment, from state: Fixtures.MetaEpisodes.State) throws {
        guard let qpos = state.qpos, let qvel = state.qvel, let warmstart = state.qacc_warmstart,
            let torso = state.torso
        else { return }
        var snapshot = environment.snapshot()
        snapshot.positions = qpos
        snapshot.velocities = qvel
        snapshot.accelerationWarmstart = warmstart
        snapshot.torsoPosition = torso
        try environment.restore(snapshot)
    }

    /// The largest difference, relative to the value where it is above 1.
    private func difference(_ values: [Double], _ references: [Double]) -> Double {
        guard values.count == references.count else { return .infinity }
        return zip(values, references).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    }
}
