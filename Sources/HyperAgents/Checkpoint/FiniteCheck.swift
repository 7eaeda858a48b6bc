import HyperTensor

/// Finds infinities and NaN in the tensors of a state: one program over all of them, on the device that holds them.
final class FiniteCheck {
    private let arenas: [Arena]
    private let seeds: Int
    private let state: any StateStore
    private let program: any CompiledProgram

    /// - Parameters:
    ///   - arenas: Float32 variables whose first axis is the seed.
    ///   - seeds: Size of that axis.
    init(_ arenas: [Arena], seeds: Int, backend: any Backend, state: any StateStore) throws {
        self.arenas = arenas
        self.seeds = seeds
        self.state = state
        program = try backend.compile(
            Program.trace("finite check") { trace in
                var flags: Tensor?
                for variable in arenas.flatMap(\.variables) {
                    let perSeed = trace.read(variable).isFinite()
                        .reshaped(to: [seeds, variable.type.count / seeds]).minimum(axes: [1])
                    flags = flags?.minimum(perSeed) ?? perSeed
                }
                trace.output("finite", flags?.reshaped(to: [seeds]) ?? trace.constant(1, [seeds]))
            }, state: state)
    }

    /// For each seed, whether all its numbers are finite.
    func run() throws -> [Bool] {
        try program.run()
        return try program.output(0).map { $0 == 1 }
    }

    /// Names the first number of a seed that is not finite.
    func explanation(_ seed: Int) throws -> String {
        for variable in arenas.flatMap(\.variables) {
            let count = variable.type.count / seeds
            var values = [Float](repeating: 0, count: count)
            try values.withUnsafeMutableBytes {
                try state.read(variable, elements: seed * count..<(seed + 1) * count, into: $0)
            }
            if let index = values.firstIndex(where: { !$0.isFinite }) {
                return "element \(index) of tensor \(variable.name) is \(values[index])"
            }
        }
        return "all tensors are finite"
    }
}
