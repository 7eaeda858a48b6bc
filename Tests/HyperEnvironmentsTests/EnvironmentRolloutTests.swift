import Testing

@testable import HyperEnvironments

/// The rollout that other implementations are compared with.
@Suite struct EnvironmentRolloutTests {
    private func rows(
        _ id: String, _ actions: [[Double]], state: RolloutState? = nil, goal: TaskGoal? = nil, seed: UInt32 = 0
    ) throws
        -> [RolloutRow]
    {
        var rows: [RolloutRow] = []
        try EnvironmentRollout.run(EnvironmentSpec.named(id), actions: actions, state: state, goal: goal, seed: seed) {
            rows.append($0)
        }
        return rows
    }

    @Test func repeatsTheStoredTrajectory() throws {
        let reference = try #require(try Fixtures.trajectories().tasks["Walker2d-v2"])
        let rows = try rows(
            "Walker2d-v2", reference.actions, state: RolloutState(qpos: reference.qpos, qvel: reference.qvel))
        #expect(rows.map(\.step) == Array(0...50))
        #expect(rows[0].observation == reference.start && rows[0].reward == 0 && !rows[0].terminated)
        #expect(rows.allSatisfy { !$0.truncated })
        #expect(rows.dropFirst().map(\.terminated) == reference.steps.map(\.terminated))
        #expect(rows.contains { $0.terminated }, "it must go on after the end")
    }

    @Test func goesOnAfterTheTimeLimit() throws {
        let rows = try rows("HalfCheetah-Vel", (0..<202).map { wavyAction($0, size: 6) })
        #expect(rows.map(\.truncated) == (0...202).map { $0 >= 200 } && rows.allSatisfy { !$0.terminated })
    }

    @Test func startsFromTheSeedWithoutAState() throws {
        let environment = try MuJoCoEnvironment("Hopper-v2", seed: 21)
        #expect(try rows("Hopper-v2", [], seed: 21).map(\.observation) == [environment.observation])
    }

    @Test func stopsWhereTheSimulationDiverges() throws {
        let rows = try rows("Hopper-v2", [[0, 0, 0], [.nan, 0, 0], [0, 0, 0]])
        #expect(rows.count == 3)
        #expect(rows[2].divergence == .badControl && rows[2].truncated)
    }

    @Test func refusesActionsAndGoalsThatDoNotFit() {
        #expect(throws: EnvironmentError.wrongSize(task: "Hopper-v2", what: "action 2", count: 2, expected: 3)) {
            try rows("Hopper-v2", [[0, 0, 0], [0, 0]])
        }
        #expect(throws: EnvironmentError.self) { try rows("Ant-Vel", [], goal: .direction(1)) }
    }
}
