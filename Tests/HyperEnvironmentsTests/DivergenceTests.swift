import Foundation
import Testing

@testable import HyperEnvironments

/// Bad states and library errors come back as values, and leave no file behind.
@Suite struct DivergenceTests {
    @Test(arguments: ["Hopper-v2", "HalfCheetah-Vel"], [Double.nan, .infinity, -.infinity])
    func actionsThatAreNotFiniteDiverge(_ id: String, _ value: Double) throws {
        let environment = try MuJoCoEnvironment(id)
        _ = environment.rollout(3)
        let before = environment.observation
        var action = Array(repeating: 0.0, count: environment.spec.actionSize)
        action[1] = value
        let result = environment.step(action)
        #expect(result == StepResult(reward: 0, terminated: false, truncated: true, divergence: .badControl))
        #expect(environment.observation == before, "the observation is the last good one")
    }

    @Test func hugeActionsAreClampedByTheMotorsAndPaidInFull() throws {
        let (huge, full) = (try MuJoCoEnvironment("Hopper-v2"), try MuJoCoEnvironment("Hopper-v2"))
        let result = huge.step([1e4, -1e4, 1e4])
        _ = full.step([1, -1, 1])
        #expect(huge.observation == full.observation)
        #expect(result.reward < -2e5)
    }

    @Test func controlsThatAreNoNumbersAreFoundByMuJoCoToo() throws {
        let simulation = try Simulation(RobotModel.hopper.compiled())
        simulation.controls[2] = .nan
        #expect(simulation.advance(steps: 1, computingForces: false) == .badControl)
    }

    @Test func absurdVelocitiesDiverge() throws {
        let environment = try MuJoCoEnvironment("HalfCheetah-v2")
        let state = environment.restingState(velocities: [4: 1e11])
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        let result = environment.step(Array(repeating: 0, count: 6))
        #expect(result.divergence == .badVelocity)
        #expect(result.truncated && !result.terminated)
    }

    @Test func absurdPositionsDiverge() throws {
        let environment = try MuJoCoEnvironment("Walker2d-v2")
        let state = environment.restingState([0: 1e11])
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        #expect(environment.step(Array(repeating: 0, count: 6)).divergence == .badPosition)
    }

    @Test func absurdAccelerationsDiverge() throws {
        // Below the limit of velocities, but its gyroscopic forces are beyond that of accelerations.
        let environment = try MuJoCoEnvironment("Ant-v2")
        let state = environment.restingState(velocities: [3: 9e9, 4: 9e9, 6: 9e9])
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        #expect(environment.step(Array(repeating: 0, count: 8)).divergence == .badAcceleration)
    }

    @Test func divergenceLastsUntilAReset() throws {
        let environment = try MuJoCoEnvironment("Ant-v2", seed: 2)
        let bad = environment.step(Array(repeating: Double.nan, count: 8))
        #expect(environment.step(Array(repeating: 0, count: 8)).divergence == bad.divergence)
        #expect(environment.snapshot().divergence == .badControl)
        environment.reset()
        #expect(environment.step(Array(repeating: 0, count: 8)).divergence == nil)
        let clean = try MuJoCoEnvironment("Ant-v2", seed: 2)
        clean.reset()
        _ = clean.step(Array(repeating: 0, count: 8))
        #expect(environment.snapshot() == clean.snapshot())
    }

    @Test(arguments: [
        "<mujoco><worldbody><body><joint type='hinge'/></body></worldbody></mujoco>",
        "<mujoco><nonsense/></mujoco>",
        "this is no XML",
        "",
    ])
    func badModelsThrowWithMuJoCosText(_ text: String) throws {
        let error = #expect(throws: EnvironmentError.self) { try CompiledModel(xml: Array(text.utf8), name: "broken") }
        guard case .library("mj_loadXML", "broken", let message) = try #require(error) else {
            Issue.record("\(String(describing: error)) is not a loading error")
            return
        }
        #expect(!message.isEmpty)
    }

    /// mju_error ends the process unless the shim catches it.
    @Test func libraryErrorsComeBackAsMessages() throws {
        let simulation = try Simulation(boxesOnASmallStack())
        for _ in 0..<3 {
            #expect(simulation.advance(steps: 1, computingForces: false) == nil)
            for box in 0..<8 { simulation.positions[7 * box + 2] = 0.09 }
            #expect(simulation.advance(steps: 1, computingForces: true) == .libraryError("Stack overflow"))
            #expect(simulation.positions[2] == 5, "the simulation is back at its start and usable")
        }
    }

    @Test func noLogFileIsWritten() throws {
        let environment = try MuJoCoEnvironment("Hopper-v2")
        let state = environment.restingState(velocities: [4: 1e11])
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        #expect(environment.step([0, 0, 0]).divergence == .badVelocity)
        #expect(!FileManager.default.fileExists(atPath: "MUJOCO_LOG.TXT"))
    }

    @Test func wrongSizesThrow() throws {
        let environment = try MuJoCoEnvironment("Hopper-v2")
        let before = environment.snapshot()
        #expect(throws: EnvironmentError.wrongSize(task: "Hopper-v2", what: "qpos", count: 5, expected: 6)) {
            try environment.setState(qpos: [0, 0, 0, 0, 0], qvel: [0, 0, 0, 0, 0, 0])
        }
        #expect(throws: EnvironmentError.wrongSize(task: "Hopper-v2", what: "qvel", count: 7, expected: 6)) {
            try environment.setState(qpos: [0, 0, 0, 0, 0, 0], qvel: [0, 0, 0, 0, 0, 0, 0])
        }
        #expect(environment.snapshot() == before)
    }

    @Test func actionsOfAnotherSizeStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = try MuJoCoEnvironment("Hopper-v2").step([0, 0])
        }
        await #expect(processExitsWith: .failure) {
            let environment = try MuJoCoEnvironment("Hopper-v2")
            _ = ([0, 0] as [Float]).withUnsafeBufferPointer { environment.step($0) }
        }
    }
}
