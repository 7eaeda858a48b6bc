/// What random numbers are drawn for. Streams of one seed are independent of each other.
///
/// The numbers are part of a run's identity: a checkpoint continues only if they stay, so new cases go to the end.
public enum Stream: UInt32, Sendable, CaseIterable {
    /// Initial values of parameters.
    case weights = 0
    /// Noise added to actions while collecting experience.
    case exploration = 1
    /// Noise added to target actions (TD3's target policy smoothing).
    case targetNoise = 2
    /// Rows drawn from a replay buffer.
    case replay = 3
    /// Initial states of training environments.
    case environment = 4
    /// Uniform actions before training starts.
    case randomAction = 5
    /// Initial states of evaluation environments.
    case evaluation = 6
    /// Samples of a stochastic policy.
    case policy = 7
    /// Draws of measurements, which must not disturb training.
    case probe = 8
    /// Tasks of a meta-learning run.
    case task = 9
    /// Samples of a latent context.
    case latent = 10
}

/// Random numbers that are a function of (seed, stream, step, lane, substream), with nothing to save but the step.
///
/// Philox4x32-10 with key `(seed, stream)` and counter `(low half of step, high half of step, lane / 4, substream)`; element `lane`
/// takes word `lane % 4`. The CPU and OpenCL kernels draw the same bits.
public struct RandomStream: Sendable, Hashable {
    /// The seed of the run.
    public let seed: UInt32
    /// What the numbers are for.
    public let stream: Stream
    /// Which of 2³² independent parts of the stream; 0 where there is but one. See `number(task:repetition:)`.
    public let substream: UInt32

    /// Makes the stream of a seed, or one of its parts.
    @inlinable
    public init(seed: UInt32, stream: Stream, substream: UInt32 = 0) {
        self.seed = seed
        self.stream = stream
        self.substream = substream
    }

    /// The substream of a task's draws, and of their repetition: 2¹⁶ · repetition + task.
    ///
    /// Task 0 of repetition 0 is the stream itself. In a program the same number is int32 arithmetic.
    ///
    /// - Parameters:
    ///   - task: The task's own number or slot, below 65,536.
    ///   - repetition: Which of several independent draws at one step, below 32,768: the update that a probe repeats.
    public static func number(task: Int, repetition: Int = 0) -> UInt32 {
        precondition((0..<1 << 16).contains(task), "RandomStream: task \(task) is not below 65536")
        precondition((0..<1 << 15).contains(repetition), "RandomStream: repetition \(repetition) is not below 32768")
        return UInt32(repetition << 16 | task)
    }

    /// Four random words: lanes `4 * block ..< 4 * block + 4` of a step.
    @inlinable
    public func words(step: UInt64, block: UInt32) -> SIMD4<UInt32> {
        Philox.words(
            counter: SIMD4(UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32), block, substream),
            key: SIMD2(seed, stream.rawValue))
    }

    /// 32 random bits.
    @inlinable
    public func bits(step: UInt64, lane: UInt32) -> UInt32 {
        words(step: step, block: lane / 4)[Int(lane % 4)]
    }

    /// A uniform number in `0..<1`, a multiple of 2⁻²⁴.
    @inlinable
    public func uniform(step: UInt64, lane: UInt32) -> Float {
        Float(bits(step: step, lane: lane) >> 8) * 0x1p-24
    }

    /// A standard normal number, by inversion, within ±5.3.
    @inlinable
    public func normal(step: UInt64, lane: UInt32) -> Float {
        NormalTransform.normal(of: bits(step: step, lane: lane))
    }

    /// An integer in `0..<below`, with a bias of at most `below` · 2⁻³².
    @inlinable
    public func integer(below: UInt32, step: UInt64, lane: UInt32) -> UInt32 {
        precondition(below > 0, "RandomStream: integer(below: 0) has no possible value; give at least 1")
        return UInt32((UInt64(bits(step: step, lane: lane)) * UInt64(below)) >> 32)
    }
}
