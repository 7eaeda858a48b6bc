import Testing

@testable import HyperEnvironments

/// Rewards recomputed here from the states before and after, with the formulas of docs/environments.md.
@Suite struct RewardTests {
    @Test(arguments: ["Hopper-v2", "Walker2d-v2"])
    func walkersEarnSpeedAndLife(_ id: String) throws {
        let environment = try MuJoCoEnvironment(id)
        for step in 0..<20 {
            let action = wavyAction(step, size: environment.spec.actionSize)
            let before = environment.qpos[0]
            let result = environment.step(action)
            let speed = (environment.qpos[0] - before) / 0.008
            #expect(abs(result.reward - (speed + 1 - 1e-3 * sumOfSquares(action))) < 1e-12)
        }
    }

    @Test func cheetahEarnsSpeedAndPaysForTheRawAction() throws {
        let environment = try MuJoCoEnvironment("HalfCheetah-v2")
        for step in 0..<20 {
            let action = wavyAction(step, size: 6, amplitude: 3)
            let before = environment.qpos[0]
            let result = environment.step(action)
            #expect(abs(result.reward - ((environment.qpos[0] - before) / 0.05 - 0.1 * sumOfSquares(action))) < 1e-12)
        }
    }

    @Test(arguments: [("Ant-v2", 0.5), ("AntNoControlCost-v2", 0.0)])
    func antEarnsTheSpeedOfTheLaggingTorso(_ id: String, _ controlCost: Double) throws {
        let environment = try MuJoCoEnvironment(id)
        var before = environment.qpos[0]
        var lagged = 0
        var touched = 0
        for step in 0..<60 {
            let action = wavyAction(step, size: 8)
            let result = environment.step(action)
            let torso = environment.torsoPosition.x
            let forces = environment.observation.suffix(84)
            let expected =
                (torso - before) / 0.05 + 1 - controlCost * sumOfSquares(action) - 5e-4 * sumOfSquares(forces)
            #expect(abs(result.reward - expected) < 1e-12)
            if torso != environment.qpos[0] { lagged += 1 }
            if forces.contains(where: { $0 != 0 }) { touched += 1 }
            before = torso
        }
        #expect(lagged > 50, "the torso position must be the one before the last physics step")
        #expect(touched > 10, "the ant must have touched the floor for the contact cost to be tested")
    }

    @Test func directionAndSpeedGoalsEnterTheReward() throws {
        for goal in [TaskGoal.direction(1), .direction(-1)] {
            try compareMetaCheetah("HalfCheetah-Fwd-Back", goal) { speed in
                if case .direction(let sign) = goal { return sign * speed }
                return .nan
            }
        }
        for id in ["HalfCheetah-Vel", "HalfCheetah-Vel-Medium"] {
            try compareMetaCheetah(id, .velocity(1.75)) { speed in -abs(speed - 1.75) }
        }
    }

    private func compareMetaCheetah(_ id: String, _ goal: TaskGoal, _ progress: (Double) -> Double) throws {
        let environment = try MuJoCoEnvironment(id, goal: goal)
        for step in 0..<10 {
            let action = wavyAction(step, size: 6, amplitude: 2)
            let before = environment.qpos[0]
            let result = environment.step(action)
            let clipped = action.map { min(1, max(-1, $0)) }
            let expected = progress((environment.qpos[0] - before) / 0.05) - 0.05 * sumOfSquares(clipped)
            #expect(abs(result.reward - expected) < 1e-12)
        }
    }

    @Test(arguments: [("Ant-Fwd-Back", TaskGoal.direction(-1)), ("Ant-Vel", .velocity(0.5))])
    func metaAntsPayForClippedActionsAndContacts(_ id: String, _ goal: TaskGoal) throws {
        let environment = try MuJoCoEnvironment(id, goal: goal)
        var before = environment.qpos[0]
        for step in 0..<40 {
            let action = wavyAction(step, size: 8, amplitude: 2)
            let result = environment.step(action)
            let speed = (environment.torsoPosition.x - before) / 0.05
            before = environment.torsoPosition.x
            let clipped = action.map { min(1, max(-1, $0)) }
            let forces = environment.state.contactForces.map { min(1, max(-1, $0)) }
            var progress = -speed
            if case .velocity(let wanted) = goal { progress = 1 - abs(speed - wanted) }
            let expected = progress - 0.005 * sumOfSquares(clipped) - 5e-4 * sumOfSquares(forces) + 0.05
            #expect(abs(result.reward - expected) < 1e-12)
        }
    }

    @Test func episodeReturnIsTheSumOfRewards() throws {
        let environment = try MuJoCoEnvironment("Walker2d-v2")
        let rewards = environment.rollout(12).results.map(\.reward)
        #expect(environment.episodeReturn == rewards.reduce(0, +))
        #expect(environment.episodeStep == 12)
        environment.reset()
        #expect(environment.episodeReturn == 0)
        #expect(environment.episodeStep == 0)
    }

    private func sumOfSquares(_ values: some Sequence<Double>) -> Double {
        values.reduce(0) { $0 + $1 * $1 }
    }
}
