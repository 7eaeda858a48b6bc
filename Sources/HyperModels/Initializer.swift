import HyperRandom
import HyperTensor

/// How a parameter begins.
public enum Initializer: Hashable, Sendable {
    case zeros
    /// U(lower, upper).
    case uniform(Double, Double)

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
    /// Each by itself.
    case explicit(weight: Initializer, bias: Initializer)

    func weight(fanIn: Int, fanOut: Int) -> Initializer {
        switch self {
        case .pytorch: .pytorch(fanIn: fanIn)
        case .xavier: .uniform(bound: (6 / Double(fanIn + fanOut)).squareRoot())
        case .scaled(let factor): .uniform(bound: factor / Double(fanIn).squareRoot())
        case .explicit(let weight, _): weight
        }
    }

    func bias(fanIn: Int) -> Initializer {
        switch self {
        case .pytorch, .scaled: .pytorch(fanIn: fanIn)
        case .xavier: .zeros
        case .explicit(_, let bias): bias
        }
    }
}

/// Initialisation of a hypernetwork (facts of the paper, §D.3).
public enum HyperInitialization: String, Hashable, Sendable, CaseIterable {
    /// Primary weights U(−b, b) with b = factor/√fanIn (`HyperNetwork.Architecture.primaryFactor`); head weights
    /// U(−0.05, 0.05) for the first dynamic layer and U(−0.008, 0.008) for the second; head biases 0 (paper, §D.3).
    case ours
    /// PyTorch's default everywhere: U(−1/√fanIn, 1/√fanIn) for weights and biases.
    case pytorch

    /// The layers of the primary network below its heads.
    ///
    /// - Parameter factor: Of `ours`.
    func primary(factor: Double) -> LayerInitialization {
        switch self {
        case .ours: .scaled(factor)
        case .pytorch: .pytorch
        }
    }
}

extension StateStore {
    /// Sets the variables of `arena` to initial values, a function of each seed and member alone.
    ///
    /// - Parameters:
    ///   - list: The parameters in the arena's order.
    ///   - seeds: One for each index of the variables' first axis.
    ///   - network: Distinguishes networks of one seed (0 critic, 1 actor, …).
    public func initialize(_ arena: Arena, _ list: ParameterList, seeds: [UInt32], network: UInt64) throws {
        for (index, (variable, specification)) in zip(arena.variables, list.specifications).enumerated() {
            // The step of the weights' stream names the parameter; lanes run over members and elements.
            let step = network << 32 | UInt64(index)
            let count = variable.type.count / seeds.count
            for (position, seed) in seeds.enumerated() {
                let values = specification.initializer.values(
                    count, stream: RandomStream(seed: seed, stream: .weights), step: step)
                try values.withUnsafeBytes {
                    try write(variable, elements: position * count..<(position + 1) * count, from: $0)
                }
            }
        }
    }
}

extension Initializer {
    /// `count` initial values, drawn from `stream` at `step`.
    func values(_ count: Int, stream: RandomStream, step: UInt64) -> [Float] {
        switch self {
        case .zeros: return [Float](repeating: 0, count: count)
        case .uniform(let lower, let upper):
            let (low, span) = (Float(lower), Float(upper - lower))
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for block in 0..<(count + 3) / 4 {
                    let words = stream.words(step: step, block: UInt32(block))
                    for word in 0..<min(4, count - 4 * block) {
                        buffer[4 * block + word] = low + span * Float(words[word] >> 8) * 0x1p-24
                    }
                }
                initialized = count
            }
        }
    }
}
