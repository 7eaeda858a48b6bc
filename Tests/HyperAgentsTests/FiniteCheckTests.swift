import HyperCPU
import HyperTensor
import Testing

@testable import HyperAgents

/// Numbers that are not finite are found wherever they stand, and in the seed that has them alone.
@Suite struct FiniteCheckTests {
    /// Shapes of the variables; the first axis is the seed.
    private static let shapes: [Shape] = [[3], [3, 4], [3, 2, 2, 5]]

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func everyNumberIsLookedAt(_ bad: Float) throws {
        let backend = try CPUBackend(threads: 1)
        var layout = StateLayout()
        // Two arenas; the second has two variables.
        let first = try layout.addArena("first", [("x", TensorType(.float32, Self.shapes[0]))])
        let second = try layout.addArena(
            "second", [("y", TensorType(.float32, Self.shapes[1])), ("z", TensorType(.float32, Self.shapes[2]))])
        let state = try backend.makeState(layout)
        let check = try FiniteCheck([first, second], seeds: 3, backend: backend, state: state)
        for variable in layout.variables {
            try state.write((0..<variable.type.count).map { Float($0) - 3 }, to: variable)
        }
        #expect(try check.run() == [true, true, true])
        #expect(try check.explanation(1) == "all tensors are finite")
        for variable in layout.variables {
            let healthy = try state.floats(variable)
            let count = healthy.count / 3
            for index in healthy.indices {
                var values = healthy
                values[index] = bad
                try state.write(values, to: variable)
                let seed = index / count
                #expect(try check.run() == (0..<3).map { $0 != seed }, "\(variable.name), element \(index)")
                #expect(
                    try check.explanation(seed) == "element \(index % count) of tensor \(variable.name) is \(bad)")
            }
            try state.write(healthy, to: variable)
        }
        #expect(try check.run() == [true, true, true])
    }
}
