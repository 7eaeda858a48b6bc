import HyperTensor

extension CompiledProgram {
    /// Runs once on these inputs; the outputs. In double precision all the way on the reference backend, else in float32.
    public func run(_ inputs: [[Double]]) throws -> [[Double]] {
        for (index, values) in inputs.enumerated() { try setInput(index, doubles: values) }
        try run()
        return try program.outputs.indices.map { try doubles(ofOutput: $0) }
    }
}
