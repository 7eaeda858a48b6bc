// What a task sees, pays and forbids, computed from the state as a step left it.
extension MuJoCoEnvironment {
    /// Fills `observationStorage`: qpos without its first numbers, qvel, then the task's extra part.
    func writeObservation() {
        let layout = task.observation
        let positions = state.positions
        let velocities = state.velocities
        var next = 0
        for i in layout.skippedPositions..<positions.count {
            observationStorage[next] = positions[i]
            next += 1
        }
        for velocity in velocities {
            observationStorage[next] = layout.velocityLimit.map { velocity.clipped(to: $0) } ?? velocity
            next += 1
        }
        switch layout.extra {
        case .none: break
        case .torsoPosition:
            for axis in 0..<3 { observationStorage[next + axis] = torsoPosition[axis] }
            next += 3
        case .contactForces:
            for force in state.contactForces {
                observationStorage[next] = force.clipped(to: 1)
                next += 1
            }
        }
        precondition(
            next == spec.observationSize,
            "MuJoCoEnvironment: \(spec.id): \(next) numbers observed, \(spec.observationSize) declared")
    }

    /// The reward of the step that has just been taken, for a speed of the tracked point in metres per second.
    func reward(speed: Double) -> Double {
        let rule = task.reward
        let progress: Double
        switch (rule.progress, goal) {
        case (.speed, _): progress = speed
        case (.goalDirection, .direction(let sign)): progress = sign * speed
        case (.goalVelocity, .velocity(let wanted)): progress = -abs(speed - wanted)
        case (.goalDirection, _), (.goalVelocity, _):
            preconditionFailure("MuJoCoEnvironment: \(spec.id): the goal is \(goal); setGoal should have refused it")
        }
        var reward = progress + rule.bonus - rule.controlCost * state.controls.reduce(0) { $0 + $1 * $1 }
        if rule.contactCost != 0 {
            reward -=
                rule.contactCost * state.contactForces.reduce(0) { $0 + $1.clipped(to: 1) * $1.clipped(to: 1) }
        }
        return reward
    }

    /// Whether the task's rule ends the episode in the current state. Written so that a NaN ends it, as in Gym.
    var isTerminal: Bool {
        let positions = state.positions
        switch task.ending {
        case .never:
            return false
        case .hopper:
            let isTame =
                positions.dropFirst(2).allSatisfy { abs($0) < 100 }
                && state.velocities.allSatisfy { abs($0) < 100 }
            return !(isFinite && isTame && positions[1] > 0.7 && abs(positions[2]) < 0.2)
        case .walker:
            return !(positions[1] > 0.8 && positions[1] < 2 && positions[2] > -1 && positions[2] < 1)
        case .ant:
            return !(isFinite && positions[2] >= 0.2 && positions[2] <= 1)
        }
    }

    private var isFinite: Bool {
        state.positions.allSatisfy(\.isFinite) && state.velocities.allSatisfy(\.isFinite)
    }
}
