@testable import HyperTensor
import Testing

@testable import HyperCPU

/// A product that is a parameter's gradient takes the step at once, and moves the parameter's target if there is one: after the other
/// reader of the parameter, and with the same bits.
@Suite struct StepFoldingTests {
    /// Two layers' worth: the gradient of `weight` and, from the old weight, that of the layer's input.
    ///
    /// - Parameters:
    ///   - batch: Rows of the layer's input.
    ///   - sizes: The layer's inputs and outputs.
    ///   - zeros: Whether ReLU makes zeros in the layer's input, and in the slope of its output.
    private static func program(
        isOutput: Bool = false, movesTargets: Bool = false, readsTargets: Bool = false, batch: Int = 48,
        sizes: (Int, Int) = (130, 70), zeros: (Bool, Bool) = (true, false), _ layout: inout StateLayout
    ) throws -> Program {
        let inputs = try layout.addArena("x", [("x", TensorType(.float32, [2, batch, sizes.0]))])
        let slopes = try layout.addArena("dz", [("dz", TensorType(.float32, [2, batch, sizes.1]))])
        func arena(_ name: String) throws -> Arena {
            try layout.addArena(
                name,
                [("w", TensorType(.float32, [2, sizes.0, sizes.1])), ("b", TensorType(.float32, [2, 1, sizes.1]))]
            )
        }
        let (weights, first, second, targets) = (try arena("w"), try arena("m"), try arena("v"), try arena("t"))
        return try Program.trace("step") { trace in
            var (x, dz) = (trace.read(inputs.variables[0]), trace.read(slopes.variables[0]))
            if zeros.0 { x = x.relu() }
            if zeros.1 { dz = dz.relu() }
            let gradient = trace.record(.matmul(transposeLeft: true, transposeRight: false), [x, dz], nil)
            let bias = trace.record(.reduce(.sum, axes: [1]), [dz], nil)
            let weight = trace.read(weights.variables[0])
            trace.output("dx", trace.record(.matmul(transposeLeft: false, transposeRight: true), [dz, weight], nil))
            if isOutput { trace.output("gradient", gradient) }
            trace.adam(
                weights, firstMoments: first, secondMoments: second, gradients: [gradient, bias],
                scale: trace.constant(0.01, [2]), beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
            // Directly before the targets move, so no launch may move them earlier.
            if readsTargets { trace.output("target", trace.read(targets.variables[0]).relu()) }
            if movesTargets { trace.softUpdate(targets, from: weights, rate: 0.25) }
        }
    }

    private static func names(_ program: Program) -> [String] {
        var target = ScheduleTarget()
        target.takesStep = { _ in true }
        return Schedule(program, for: target).launches.map(\.launch.name)
    }

    @Test(arguments: [false, true]) func stepComesAfterTheOtherReader(movesTargets: Bool) throws {
        var layout = StateLayout()
        let names = Self.names(try Self.program(movesTargets: movesTargets, &layout))
        let folded = try #require(names.firstIndex(of: movesTargets ? "matmul+adam+soft_update" : "matmul+adam"))
        let reader = try #require(names.firstIndex(of: "matmul"))
        #expect(reader < folded)
        // Of the bias.
        #expect(names.filter { $0 == "adam" }.count == 1)
        #expect(names.filter { $0 == "soft_update" }.count == (movesTargets ? 1 : 0))
    }

    @Test func gradientThatIsReadElsewhereStays() throws {
        var layout = StateLayout()
        let names = Self.names(try Self.program(isOutput: true, &layout))
        #expect(!names.contains("matmul+adam"))
    }

    /// What is read of the old target is read before.
    @Test func targetThatIsReadMeanwhileIsReadFirst() throws {
        var layout = StateLayout()
        let names = Self.names(try Self.program(movesTargets: true, readsTargets: true, &layout))
        let folded = try #require(names.firstIndex(of: "matmul+adam+soft_update"))
        let reader = try #require(names.lastIndex(of: "elementwise"))
        #expect(reader < folded)
    }

    /// The program that also puts out the gradient cannot fold it: both must leave the same bits in the state. Zeros of either operand
    /// are skipped where the sizes allow it: whole vectors, and sums that are long enough.
    @Test(arguments: [false, true], [(true, false), (false, true), (true, true), (false, false)])
    func foldedStepHasTheBitsOfTheSeparateOne(movesTargets: Bool, zeros: (Bool, Bool)) throws {
        for (batch, sizes) in [(48, (130, 70)), (100, (272, 336)), (67, (16, 1040)), (130, (144, 24))] {
            var states: [[[Float]]] = []
            for isOutput in [false, true] {
                let backend = try CPUBackend()
                var layout = StateLayout()
                let program = try Self.program(
                    isOutput: isOutput, movesTargets: movesTargets, batch: batch, sizes: sizes, zeros: zeros, &layout)
                let state = try backend.makeState(layout)
                for (index, variable) in layout.variables.enumerated() {
                    let numbers = (0..<variable.type.count).map { Float(($0 * 7919 + index * 31) % 1013) / 1013 - 0.4 }
                    try state.write(variable.arena == "v" ? numbers.map { $0 * $0 } : numbers, to: variable)
                }
                let compiled = try backend.compile(program, state: state)
                for _ in 0..<3 { try compiled.run() }
                states.append(try layout.variables.map { try state.floats($0) })
            }
            let isSame = states[0] == states[1]
            #expect(isSame, "batch \(batch), \(sizes.0) to \(sizes.1)")
        }
    }
}
