import HyperModels
import HyperTensor
import Testing

/// The host's part of Adam against its definition.
@Test(arguments: [1, 2, 10, 1000, 1_000_000]) func adamCorrectsItsBias(_ step: Int) throws {
    var layout = StateLayout()
    let arena = try layout.addArena("p", [("w", TensorType(.float32, [3]))])
    let optimizer = try AdamOptimizer(arena, learningRate: 3e-4, in: &layout)
    var (first, second) = (1.0, 1.0)
    for _ in 0..<step {
        first *= 0.9
        second *= 0.999
    }
    let scale = optimizer.scale(step: step)
    #expect(abs(scale.rate / (3e-4 / (1 - first)) - 1) < 1e-9)
    #expect(abs(scale.secondCorrection * (1 - second).squareRoot() - 1) < 1e-9)
    #expect(layout.arena(named: "p_first_moment") != nil && layout.arena(named: "p_second_moment") != nil)
}
