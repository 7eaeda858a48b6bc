import HyperRandom
import HyperTensor

/// Normal numbers, a function of `step` and seed, of a size at which small networks neither fade nor blow up.
enum NormalNumbers {
    static func inputs(_ type: TensorType, _ step: Int, seed: UInt32 = 11) -> [Double] {
        filled(type, step, seed, scale: 0.7)
    }

    /// Values of a parameter `[seeds, members, …]`: weights by the width of their input.
    static func parameters(_ type: TensorType, _ step: Int, seed: UInt32 = 11) -> [Double] {
        let isWeight = type.shape.rank == 4
        return filled(type, step, seed, scale: isWeight ? 0.7 / Double(type.shape[2]).squareRoot() : 0.3)
    }

    private static func filled(_ type: TensorType, _ step: Int, _ seed: UInt32, scale: Double) -> [Double] {
        let stream = RandomStream(seed: seed, stream: .probe)
        return (0..<UInt32(type.count)).map { scale * Double(stream.normal(step: UInt64(step), lane: $0)) }
    }

    /// Inputs of the first types, parameters of the others.
    ///
    /// - Parameter seed: For comparisons with differences one that keeps every ReLU away from 0.
    static func all(_ inputs: [TensorType], _ parameters: [TensorType], seed: UInt32 = 11) -> [[Double]] {
        inputs.enumerated().map { Self.inputs($0.element, $0.offset, seed: seed) }
            + parameters.enumerated().map { Self.parameters($0.element, inputs.count + $0.offset, seed: seed) }
    }
}
