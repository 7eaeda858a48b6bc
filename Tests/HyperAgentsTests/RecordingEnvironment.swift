import HyperEnvironments

/// Passes everything on to another environment and keeps what it was given and what came of it; can break the simulation.
final class RecordingEnvironment: Environment {
    /// One control step as the environment itself saw it.
    struct Step {
        /// Which episode it belongs to.
        let episode: Int
        let state: [Float]
        let action: [Float]
        let result: StepResult
        let nextState: [Float]

        /// The row that belongs into the replay; nil for a step that means nothing.
        var row: [Float]? {
            guard result.divergence == nil else { return nil }
            return state + action + [Float(result.reward)] + nextState + [result.terminated ? 0 : 1]
        }
    }

    private(set) var steps: [Step] = []
    private let inner: any Environment
    /// Steps, counted from 0 over all episodes, that begin with an absurd velocity, from which MuJoCo does not go on.
    private let brokenSteps: Set<Int>

    init(_ inner: any Environment, breakingAt brokenSteps: Set<Int> = []) {
        self.inner = inner
        self.brokenSteps = brokenSteps
    }

    /// Rows for the replay, in order.
    var rows: [[Float]] { steps.compactMap(\.row) }

    var observation: [Float] {
        [Float](unsafeUninitializedCapacity: spec.observationSize) { buffer, count in
            count = spec.observationSize
            copyObservation(to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    // MARK: Environment

    var spec: EnvironmentSpec { inner.spec }
    var episodeIndex: Int { inner.episodeIndex }
    var episodeStep: Int { inner.episodeStep }
    var episodeReturn: Double { inner.episodeReturn }

    func reset(toEpisode index: Int) { inner.reset(toEpisode: index) }

    func step(_ action: UnsafeBufferPointer<Float>) -> StepResult {
        let (episode, state) = (episodeIndex, observation)
        if brokenSteps.contains(steps.count) { breakSimulation() }
        let result = inner.step(action)
        steps.append(
            Step(episode: episode, state: state, action: Array(action), result: result, nextState: observation))
        return result
    }

    func copyObservation(to target: UnsafeMutableBufferPointer<Float>) { inner.copyObservation(to: target) }
    func snapshot() -> EnvironmentSnapshot { inner.snapshot() }
    func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError) { try inner.restore(snapshot) }

    private func breakSimulation() {
        var snapshot = inner.snapshot()
        snapshot.velocities[0] = 1e11
        do { try inner.restore(snapshot) } catch { preconditionFailure("\(error)") }
    }
}
