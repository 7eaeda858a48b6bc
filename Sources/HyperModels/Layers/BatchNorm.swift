import HyperTensor

/// Batch normalisation over the batch axis (Ioffe & Szegedy 2015): `y = (x − mean) / √(variance + ε) ⊙ scale + shift`.
///
/// A training pass takes mean and (biased) variance of its batch and moves the running ones a tenth of the way to them,
/// the variance by its unbiased estimate, as PyTorch does. An evaluation takes the running ones.
public struct BatchNorm: Sendable {
    private let scale: ParameterID
    private let shift: ParameterID
    private let mean: BufferID
    private let variance: BufferID
    /// Added to the variance.
    static let epsilon = 1e-5
    /// Share of a batch in the running statistics.
    static let momentum = 0.1

    /// Adds the parameters `name.scale` and `name.shift` and the buffers `name.mean` and `name.variance`, `[width]` each.
    init(_ name: String, width: Int, in list: inout ParameterList) {
        scale = list.add("\(name).scale", [width], .ones)
        shift = list.add("\(name).shift", [width], .zeros)
        mean = list.addBuffer("\(name).mean", [width], .zeros)
        variance = list.addBuffer("\(name).variance", [width], .ones)
    }

    /// - Parameter x: `[seeds, members, batch, width]`; a training pass needs at least two samples.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        let mean: Tensor
        let variance: Tensor
        switch parameters.mode {
        case .training:
            let batch = x.shape[2]
            precondition(batch > 1, "BatchNorm: a batch of \(batch) has no variance")
            mean = x.mean(axes: [2])
            variance = (x - mean.broadcast(to: x.shape)).square().mean(axes: [2])
            move(self.mean, to: mean, parameters)
            move(self.variance, to: variance * (Double(batch) / Double(batch - 1)), parameters)
        case .evaluation:
            mean = parameters[self.mean].expanded(at: 2)
            variance = parameters[self.variance].expanded(at: 2)
        }
        let factor = parameters[scale].expanded(at: 2) / (variance + Self.epsilon).squareRoot()
        return (x - mean.broadcast(to: x.shape)) * factor.broadcast(to: x.shape)
            + parameters[shift].expanded(at: 2).broadcast(to: x.shape)
    }

    private func move(_ id: BufferID, to statistic: Tensor, _ parameters: Parameters) {
        let running = parameters[id]
        let statistic = statistic.reshaped(to: running.shape)
        parameters.update(id, to: running + (statistic - running) * Self.momentum)
    }
}
