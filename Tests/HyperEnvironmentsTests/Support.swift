@testable import HyperEnvironments

/// Actions that repeat without a random generator, some outside [-1, 1].
func wavyAction(_ step: Int, size: Int, amplitude: Double = 1.2) -> [Double] {
    // A triangle wave of its own period for every motor.
    (0..<size).map { motor in
        let phase = Double((step * (motor + 3) * 7 + motor * 13) % 40) / 20
        return amplitude * (phase < 1 ? 2 * phase - 1 : 3 - 2 * phase)
    }
}

extension MuJoCoEnvironment {
    /// An environment of a named task.
    convenience init(_ id: String, seed: UInt32 = 0, lane: UInt32 = 0, goal: TaskGoal? = nil) throws {
        try self.init(EnvironmentSpec.named(id), seed: seed, lane: lane, goal: goal)
    }

    var qpos: [Double] { Array(state.positions) }
    var qvel: [Double] { Array(state.velocities) }

    /// Observations and results of a number of wavy steps.
    func rollout(_ steps: Int) -> (observations: [[Double]], results: [StepResult]) {
        var observations: [[Double]] = []
        var results: [StepResult] = []
        for step in 0..<steps {
            results.append(self.step(wavyAction(step, size: spec.actionSize)))
            observations.append(observation)
        }
        return (observations, results)
    }

    /// The resting state of the model with some of its coordinates changed.
    func restingState(_ changes: [Int: Double] = [:], velocities: [Int: Double] = [:]) -> (
        qpos: [Double], qvel: [Double]
    ) {
        var qpos = Array(simulations.model.initialPositions)
        var qvel = Array(repeating: 0.0, count: simulations.model.velocityCount)
        for (index, value) in changes { qpos[index] = value }
        for (index, value) in velocities { qvel[index] = value }
        return (qpos, qvel)
    }
}

/// A model of eight boxes that fly with a stack of 3000 numbers, but cannot land with it: MuJoCo raises an error.
func boxesOnASmallStack() throws -> CompiledModel {
    let boxes = (0..<8).map { "<body pos='\($0) 0 5'><freejoint/><geom type='box' size='0.1 0.1 0.1'/></body>" }
        .joined()
    let text =
        "<mujoco><size nstack='3000'/><worldbody><geom type='plane' size='9 9 1'/>\(boxes)</worldbody></mujoco>"
    return try CompiledModel(xml: Array(text.utf8), name: "small stack")
}
