import HyperTensor

/// How a parameter or a buffer begins.
public enum Initializer: Hashable, Sendable {
    case zeros
    case ones
    /// This number everywhere.
    case constant(Double)
    /// U(lower, upper).
    case uniform(Double, Double)
    /// The norm of each column of another parameter `[in, out]`: weight normalisation that begins by changing nothing.
    case columnNorms(of: ParameterID)
    /// A singular vector of another parameter `[in, out]`, by power iteration from a random start.
    case singularVector(SingularVector, of: ParameterID)

    /// The side of a matrix `[in, out]` that a singular vector belongs to.
    public enum SingularVector: Hashable, Sendable {
        case input, output
    }

    /// U(−bound, bound).
    public static func uniform(bound: Double) -> Initializer { .uniform(-bound, bound) }

    /// PyTorch's default for linear layers, weight and bias: U(−1/√fanIn, 1/√fanIn).
    public static func pytorch(fanIn: Int) -> Initializer { .uniform(bound: 1 / Double(fanIn).squareRoot()) }
}

/// How the weight and the bias of a linear layer begin.
public enum LayerInitialization: Hashable, Sendable {
    /// PyTorch's default: both U(−1/√fanIn, 1/√fanIn).
    case pytorch
    /// Weight U(−b, b) with b = √(6 / (fanIn + fanOut)), bias 0 (Glorot & Bengio 2010): SAC's ordinary layers.
    case xavier
    /// Weight U(−b, b) with b = factor / √fanIn, bias as PyTorch's: the paper's primary networks.
    case scaled(Double)
    /// Weight U(−b, b) with b = 1/√fanOut, bias a constant: PEARL's hidden layers, whose code takes the width of the
    /// output for that of the input.
    case fanOut(bias: Double)
    /// Each by itself.
    case explicit(weight: Initializer, bias: Initializer)

    func weight(fanIn: Int, fanOut: Int) -> Initializer {
        switch self {
        case .pytorch: .pytorch(fanIn: fanIn)
        case .xavier: .uniform(bound: (6 / Double(fanIn + fanOut)).squareRoot())
        case .scaled(let factor): .uniform(bound: factor / Double(fanIn).squareRoot())
        case .fanOut: .uniform(bound: 1 / Double(fanOut).squareRoot())
        case .explicit(let weight, _): weight
        }
    }

    func bias(fanIn: Int) -> Initializer {
        switch self {
        case .pytorch, .scaled: .pytorch(fanIn: fanIn)
        case .xavier: .zeros
        case .fanOut(let bias): .constant(bias)
        case .explicit(_, let bias): bias
        }
    }
}

extension StateStore {
    /// Sets parameters and buffers of a network to initial values, a function of each seed and member alone.
    ///
    /// - Parameters:
    ///   - list: What the network has, in its arenas' order.
    ///   - seeds: One for each index of the variables' first axis.
    ///   - network: Distinguishes networks of one seed (0 critic, 1 actor, …).
    public func initialize(
        _ arenas: NetworkArenas, _ list: ParameterList, seeds: [UInt32], network: UInt64
    ) throws {
        let values = InitialValues(list, network: network)
        let parameters = zip(arenas.parameters.variables, list.specifications.indices)
        for (variable, index) in parameters {
            try initialize(variable, seeds: seeds) { values.parameter(index, replicas: $0, seed: $1) }
        }
        for (variable, index) in zip(arenas.buffers?.variables ?? [], list.bufferSpecifications.indices) {
            try initialize(variable, seeds: seeds) { values.buffer(index, replicas: $0, seed: $1) }
        }
    }

    private func initialize(
        _ variable: Variable, seeds: [UInt32], _ values: (_ replicas: Int, _ seed: UInt32) -> [Float]
    ) throws {
        let count = variable.type.count / seeds.count
        for (position, seed) in seeds.enumerated() {
            try values(variable.shape[1], seed).withUnsafeBytes {
                try write(variable, elements: position * count..<(position + 1) * count, from: $0)
            }
        }
    }
}
