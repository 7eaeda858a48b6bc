import HyperRandom
import HyperTensor

/// Random ops: the float32 and int32 draws of `HyperRandom`, so that every backend sees the same numbers.
enum ReferenceRandom {
    /// Numbers of `shape` `[R…, …]`; element `i` of a key's part is lane `i`.
    ///
    /// - Parameter operands: Seeds `[R…]`, step `[1]`, for integers bounds `[R…]`, and perhaps substreams `[R…]`.
    static func draw(
        _ distribution: Distribution, _ stream: HyperRandom.Stream, _ operands: [[Double]], _ shape: Shape
    ) -> [Double] {
        let (seeds, step) = (operands[0], UInt64(bits(operands[1][0])))
        let substreams = operands.dropFirst(distribution == .integers ? 3 : 2).first
        let lanes = seeds.isEmpty ? 0 : shape.count / seeds.count
        var result: [Double] = []
        result.reserveCapacity(shape.count)
        for (position, seed) in seeds.enumerated() {
            let source = RandomStream(
                seed: bits(seed), stream: stream, substream: substreams.map { bits($0[position]) } ?? 0)
            for lane in 0..<UInt32(lanes) {
                switch distribution {
                case .uniform: result.append(Double(source.uniform(step: step, lane: lane)))
                case .normal: result.append(Double(source.normal(step: step, lane: lane)))
                case .integers:
                    let bound = bits(operands[2][position])
                    result.append(bound == 0 ? 0 : Double(source.integer(below: bound, step: step, lane: lane)))
                }
            }
        }
        return result
    }

    /// The bit pattern of an int32 that is held as a double.
    private static func bits(_ value: Double) -> UInt32 { UInt32(bitPattern: Int32(value)) }
}
