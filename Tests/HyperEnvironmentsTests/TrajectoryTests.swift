import Testing

@testable import HyperEnvironments

/// Steps agree with Gymnasium's classes on MuJoCo's own bindings (tools/make-trajectory-fixture).
@Suite struct TrajectoryTests {
    @Test func everyTaskHasATrajectory() throws {
        #expect(Set(try Fixtures.trajectories().tasks.keys) == Set(EnvironmentSpec.all.map(\.id)))
    }

    @Test(arguments: EnvironmentSpec.all.map(\.id))
    func stepsAreGymnasiums(_ id: String) throws {
        let spec = try EnvironmentSpec.named(id)
        let reference = try #require(try Fixtures.trajectories().tasks[id])
        let environment = try MuJoCoEnvironment(spec, seed: 0, goal: reference.taskGoal)
        try environment.setState(qpos: reference.qpos, qvel: reference.qvel)
        var worst = Self.difference(environment.observation, reference.start)
        var worstReward = 0.0
        #expect(reference.steps.count == 50)
        for (action, row) in zip(reference.actions, reference.steps) {
            let result = environment.step(action)
            worst = max(worst, Self.difference(environment.observation, row.observation))
            worstReward = max(worstReward, abs(result.reward - row.reward) / max(1, abs(row.reward)))
            #expect(result.terminated == row.terminated)
            #expect(result.divergence == nil)
        }
        // Measured: observations equal bit for bit, rewards within 6e-16 (a sum in another order). The room is for CPUs on which
        // the C library rounds sin and cos differently: contacts multiply a rounding step over 50 steps.
        #expect(worst < 1e-9)
        #expect(worstReward < 1e-9)
    }

    /// The largest difference, relative to the value where it is above 1.
    private static func difference(_ values: [Double], _ references: [Double]) -> Double {
        guard values.count == references.count else { return .infinity }
        return zip(values, references).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    }
}
