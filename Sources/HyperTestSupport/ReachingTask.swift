import HyperEnvironments
import HyperRandom

/// A toy with a known solution: a point on a line is to be brought to 0.
///
/// State x, action a in −1…1, `x ← x + 0.2 a`, reward −x², 20 steps, x₀ ~ U(−1, 1). The best policy is
/// `a = clip(−5x, −1, 1)`.
public final class ReachingTask: Environment {
    public let spec = EnvironmentSpec(
        id: "Reaching", summary: "A point on a line goes to 0.", observationSize: 1, actionSize: 1, timeLimit: 20,
        controlTimestep: 1)
    public private(set) var episodeIndex = 0
    public private(set) var episodeStep = 0
    public private(set) var episodeReturn = 0.0
    private var position = 0.0
    private let starts: RandomStream
    private let lane: UInt32

    public init(seed: UInt32, lane: UInt32 = 0, stream: HyperRandom.Stream = .environment) {
        starts = RandomStream(seed: seed, stream: stream)
        self.lane = lane
        reset(toEpisode: 0)
    }

    /// The return of the best policy from the start of an episode.
    public func bestReturn(ofEpisode index: Int) -> Double {
        var x = start(ofEpisode: index)
        var total = 0.0
        for _ in 0..<spec.timeLimit {
            x += 0.2 * min(max(-5 * x, -1), 1)
            total -= x * x
        }
        return total
    }

    private func start(ofEpisode index: Int) -> Double {
        2 * Double(starts.uniform(step: UInt64(index), lane: lane)) - 1
    }

    public func reset(toEpisode index: Int) {
        episodeIndex = index
        episodeStep = 0
        episodeReturn = 0
        position = start(ofEpisode: index)
    }

    public func step(_ action: UnsafeBufferPointer<Float>) -> StepResult {
        position += 0.2 * min(max(Double(action[0]), -1), 1)
        let reward = -position * position
        episodeStep += 1
        episodeReturn += reward
        return StepResult(reward: reward, terminated: false, truncated: episodeStep >= spec.timeLimit)
    }

    public func copyObservation(to target: UnsafeMutableBufferPointer<Float>) { target[0] = Float(position) }

    public func snapshot() -> EnvironmentSnapshot {
        EnvironmentSnapshot(
            id: spec.id, positions: [position], velocities: [], accelerationWarmstart: [], time: Double(episodeStep),
            torsoPosition: [], observation: [position], episodeIndex: episodeIndex, episodeStep: episodeStep,
            episodeReturn: episodeReturn)
    }

    public func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError) {
        guard snapshot.id == spec.id, snapshot.positions.count == 1 else {
            throw .wrongSize(
                task: spec.id, what: "the snapshot's position", count: snapshot.positions.count, expected: 1)
        }
        position = snapshot.positions[0]
        episodeIndex = snapshot.episodeIndex
        episodeStep = snapshot.episodeStep
        episodeReturn = snapshot.episodeReturn
    }
}
