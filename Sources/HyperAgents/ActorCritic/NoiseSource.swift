import HyperRandom
import HyperTensor

/// Standard normal noise of an update, a draw for each action of its batch.
struct NoiseSource {
    let seeds: Tensor
    let step: Tensor
    /// `[seeds, 1, batch, actionSize]`.
    let shape: Shape
    let trace: Trace

    func draw(_ stream: Stream) -> Tensor {
        trace.phase("sample") { trace.random(.normal, stream, seeds: seeds, step: step, shape: shape) }
    }
}
