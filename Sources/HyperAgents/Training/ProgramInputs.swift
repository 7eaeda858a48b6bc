import HyperTensor

// Inputs that programs of every algorithm have.
extension Trace {
    /// The seeds of a run as an i32 constant `[S]`.
    public func seeds(_ seeds: [UInt32]) -> Tensor {
        constant(seeds.map { Double(Int32(bitPattern: $0)) }, TensorType(.int32, [seeds.count]))
    }
}

extension CompiledProgram {
    /// Gives an i32 `[1]` input: the step that numbers random draws.
    public func setStep(_ index: Int, _ step: Int) throws {
        var value = Int32(truncatingIfNeeded: step)
        try withUnsafeBytes(of: &value) { try setInput(index, $0) }
    }

    /// Gives an f32 `[2]` input: the host's part of an optimiser (`AdamOptimizer.scale`).
    public func setPair(_ index: Int, _ pair: (Double, Double)) throws {
        var value = SIMD2(Float(pair.0), Float(pair.1))
        try withUnsafeBytes(of: &value) { try setInput(index, $0) }
    }
}
