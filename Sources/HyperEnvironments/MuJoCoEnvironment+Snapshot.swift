extension MuJoCoEnvironment {
    public func snapshot() -> EnvironmentSnapshot {
        EnvironmentSnapshot(
            id: spec.id, positions: Array(state.positions), velocities: Array(state.velocities),
            accelerationWarmstart: Array(state.accelerationWarmstart), time: state.time,
            torsoPosition: [torsoPosition.x, torsoPosition.y, torsoPosition.z], observation: observation,
            episodeIndex: episodeIndex, episodeStep: episodeStep, episodeReturn: episodeReturn, goal: goal,
            divergence: divergence)
    }

    public func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError) {
        guard snapshot.id == spec.id else {
            throw .wrongTask(snapshot: snapshot.id, task: spec.id)
        }
        try checkSize(snapshot.positions.count, state.positions.count, "the snapshot's qpos")
        try checkSize(snapshot.velocities.count, state.velocities.count, "the snapshot's qvel")
        try checkSize(
            snapshot.accelerationWarmstart.count, state.velocities.count, "the snapshot's qacc_warmstart")
        try checkSize(snapshot.torsoPosition.count, 3, "the snapshot's torso position")
        try checkSize(snapshot.observation.count, spec.observationSize, "the snapshot's observation")
        try setGoal(snapshot.goal)
        state.reset()
        _ = state.positions.update(fromContentsOf: snapshot.positions)
        _ = state.velocities.update(fromContentsOf: snapshot.velocities)
        _ = state.accelerationWarmstart.update(fromContentsOf: snapshot.accelerationWarmstart)
        state.time = snapshot.time
        // No forward pass: the next step makes one, and this one would move the solver's starting point.
        torsoPosition = SIMD3(snapshot.torsoPosition[0], snapshot.torsoPosition[1], snapshot.torsoPosition[2])
        _ = observationStorage.update(fromContentsOf: snapshot.observation)
        episodeIndex = snapshot.episodeIndex
        episodeStep = snapshot.episodeStep
        episodeReturn = snapshot.episodeReturn
        divergence = snapshot.divergence
    }
}
