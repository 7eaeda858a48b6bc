import HyperTensor

/// What keeps a network's numbers in range (paper, §D.2).
public enum Normalization: String, Hashable, Sendable, CaseIterable {
    case none
    /// Weight normalisation (Salimans & Kingma 2016): `W = g ⊙ V / ‖V‖`, one length g for each output.
    case weight
    /// Spectral normalisation (Miyato et al. 2018): `W / σ(W)`, σ by power iteration.
    case spectral
    /// Batch normalisation (Ioffe & Szegedy 2015) before each activation.
    case batch
}

/// A factor on the weights of a linear layer that follows from the weights themselves.
///
/// It is applied to the product, `(x·W) ⊙ factor`, which is the same and touches far fewer numbers.
enum WeightRescaling: Sendable {
    case lengths(ParameterID, weight: ParameterID)
    case spectral(weight: ParameterID, input: BufferID, output: BufferID)

    /// Adds `name.magnitude` `[outputSize]` (weight normalisation; it begins as the columns' norms), or the buffers
    /// `name.v` `[inputSize]` and `name.u` `[outputSize]` (spectral normalisation); nil for the other kinds.
    init?(
        _ normalization: Normalization, _ name: String, weight: ParameterID, inputSize: Int, outputSize: Int,
        in list: inout ParameterList
    ) {
        switch normalization {
        case .none, .batch: return nil
        case .weight:
            self = .lengths(list.add("\(name).magnitude", [outputSize], .columnNorms(of: weight)), weight: weight)
        case .spectral:
            self = .spectral(
                weight: weight,
                input: list.addBuffer("\(name).v", [inputSize], .singularVector(.input, of: weight)),
                output: list.addBuffer("\(name).u", [outputSize], .singularVector(.output, of: weight)))
        }
    }

    /// - Returns: `[seeds, members, 1, outputSize]`, or `[seeds, members, 1, 1]` if it is the same for all outputs.
    func factor(_ parameters: Parameters) -> Tensor {
        switch self {
        case .lengths(let magnitude, let weight):
            let norms = parameters[weight].square().sum(axes: [2]).squareRoot()
            return parameters[magnitude].expanded(at: 2) / norms
        case .spectral(let weight, let input, let output):
            return Self.spectralNorm(parameters, weight, input, output).reciprocal()
        }
    }

    /// `σ = v W uᵀ / (‖v‖ ‖u‖)`; a training pass first makes one power iteration, `u ← Wᵀ v`, `v ← W u`, normalised. No
    /// gradient flows through u and v. The division matters to target copies: a mean of unit vectors is shorter than one.
    private static func spectralNorm(
        _ parameters: Parameters, _ weight: ParameterID, _ input: BufferID, _ output: BufferID
    ) -> Tensor {
        let matrix = parameters[weight]
        var v = parameters[input].expanded(at: 2)
        var u = parameters[output].expanded(at: 2)
        switch parameters.mode {
        case .training:
            let fixed = matrix.stopGradient()
            u = unit(v.matmul(fixed))
            v = unit(u.matmul(fixed, transposeRight: true))
            let shape = parameters[input].shape.prefix(2)
            parameters.update(input, to: v.reshaped(to: shape + [v.shape[3]]))
            parameters.update(output, to: u.reshaped(to: shape + [u.shape[3]]))
        case .evaluation:
            (v, u) = (unit(v), unit(u))
        }
        return v.stopGradient().matmul(matrix).matmul(u.stopGradient(), transposeRight: true)
    }

    /// A row vector of length 1, or shorter if it is nearly 0.
    private static func unit(_ vector: Tensor) -> Tensor {
        let norm = vector.square().sum(axes: [3]).squareRoot()
        return vector / norm.maximum(norm.trace.constant(1e-12, norm.shape)).broadcast(to: vector.shape)
    }
}
