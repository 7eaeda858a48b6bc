import HyperTensor

/// What the update programs of all actor-critics begin and end with: a batch from replay, and flags of losses.
/// Inputs, S seeds:
///
/// - `step` i32 `[1]`: the environment step, which numbers the random draws.
/// - `counts` i32 `[S]`: rows that can be sampled.
public struct UpdateFrame: Sendable {
    static let stepInput = "step"
    static let countsInput = "counts"

    /// The replay's table.
    let replay: Variable
    let transitions: TransitionLayout
    let batchSize: Int
    let seeds: [UInt32]
    /// 1 for each seed whose losses have all been finite, `[S]`.
    let lossFlags: Variable

    /// Adds replay and flags to `layout`.
    public init(
        _ configuration: some ActorCriticConfiguration, _ transitions: TransitionLayout, seeds: [UInt32],
        in layout: inout StateLayout
    ) throws {
        self.transitions = transitions
        self.seeds = seeds
        batchSize = configuration.batchSize
        replay = try Replay.addTable(
            transitions, seeds: seeds.count, capacity: configuration.replayCapacity, to: &layout)
        lossFlags = try layout.addVariable("losses_were_finite", TensorType(.float32, [seeds.count]), role: .statistic)
    }

    /// A batch, and the source of the noise that goes with it.
    func sample(in trace: Trace) -> (batch: TransitionBatch, noise: NoiseSource) {
        let seeds = trace.seeds(self.seeds)
        let step = trace.input(Self.stepInput, TensorType(.int32, [1]))
        let counts = trace.input(Self.countsInput, TensorType(.int32, [self.seeds.count]))
        return trace.phase("sample") {
            let batch = Replay.sample(
                replay, layout: transitions, batchSize: batchSize, seeds: seeds, counts: counts, step: step, in: trace)
            return (batch, NoiseSource(seeds: seeds, step: step, shape: batch.actions.shape, trace: trace))
        }
    }

    /// Puts out the metrics of an update, `[S]` each, and lowers the flags of seeds whose losses are not finite: a loss can overflow
    /// once and leave finite weights, and only a flag that stays down tells of it later.
    func output(_ update: UpdateValues, in trace: Trace) {
        var flags = trace.read(lossFlags)
        for (metric, value) in update.metrics {
            let value = value.reshaped(to: [seeds.count])
            trace.output(metric.rawValue, value)
            if metric.isLoss { flags = flags * value.isFinite() }
        }
        trace.assign(lossFlags, flags)
    }
}
