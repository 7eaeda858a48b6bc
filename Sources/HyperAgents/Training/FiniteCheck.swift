import HyperTensor

/// Finds infinities and NaN in the tensors of a state: one program over all of them, on the device that holds them.
final class FiniteCheck {
    private let variables: [Variable]
    private let seeds: Int
    private let state: any StateStore
    private let program: any CompiledProgram

    /// - Parameters:
    ///   - arenas: Variables whose first axis is the seed; integers are always finite.
    ///   - seeds: Size of that axis.
    init(_ arenas: [Arena], seeds: Int, backend: any Backend, state: any StateStore) throws {
        let variables = arenas.flatMap(\.variables).filter { $0.type.element.isDifferentiable }
        self.variables = variables
        self.seeds = seeds
        self.state = state
        program = try backend.compile(
            Program.trace("finite check") { trace in
                var flags: Tensor?
                for variable in variables {
                    let perSeed = Self.isFinite(trace.read(variable), seeds: seeds)
                    flags = flags?.minimum(perSeed) ?? perSeed
                }
                trace.output("finite", flags?.reshaped(to: [seeds]) ?? trace.constant(1, [seeds]))
            }, state: state)
    }

    /// For each seed 1 if all numbers of a tensor are finite, else 0. `[seeds]`
    ///
    /// NaN wins every maximum and minimum and infinities are the largest and the smallest, so the two extremes tell. They are reductions of
    /// the variable in place: no tensor of its size is made. The last axis goes first, so that a device has many sums to share out.
    private static func isFinite(_ x: Tensor, seeds: Int) -> Tensor {
        // Doubles have no extremes, and are few.
        if x.type.element == .float64 {
            return x.isFinite().reshaped(to: [seeds, x.shape.count / max(1, seeds)]).minimum(axes: [1])
                .reshaped(to: [seeds])
        }
        let inner = x.shape.rank > 1 ? x.shape[x.shape.rank - 1] : 1
        let rows = x.reshaped(to: [seeds, x.shape.count / max(1, seeds * inner), inner])
        let largest = rows.maximum(axes: [2]).maximum(axes: [1])
        let smallest = rows.minimum(axes: [2]).minimum(axes: [1])
        return largest.isFinite().minimum(smallest.isFinite()).reshaped(to: [seeds])
    }

    /// For each seed, whether all its numbers are finite.
    func run() throws -> [Bool] {
        try program.run()
        return try program.output(0).map { $0 == 1 }
    }

    /// Names the first number of a seed that is not finite.
    func explanation(_ seed: Int) throws -> String {
        for variable in variables {
            let count = variable.type.count / seeds
            let bad =
                variable.type.element == .float64
                ? try firstBad(variable, seed * count..<(seed + 1) * count, from: 0.0)
                : try firstBad(variable, seed * count..<(seed + 1) * count, from: Float(0))
            if let bad { return "element \(bad.index) of tensor \(variable.name) is \(bad.value)" }
        }
        return "all tensors are finite"
    }

    /// The first number of a range that is not finite.
    ///
    /// - Parameter zero: Of the type of the variable's elements.
    private func firstBad<Number: BinaryFloatingPoint & BitwiseCopyable>(
        _ variable: Variable, _ elements: Range<Int>, from zero: Number
    ) throws -> (index: Int, value: String)? {
        var values = [Number](repeating: zero, count: elements.count)
        try values.withUnsafeMutableBytes { try state.read(variable, elements: elements, into: $0) }
        return values.firstIndex { !$0.isFinite }.map { ($0, "\(values[$0])") }
    }
}
