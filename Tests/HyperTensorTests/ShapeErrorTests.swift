import HyperTensor
import Testing

/// Mistakes are found while tracing, and say what, which sizes, and where.
@Suite struct ShapeErrorTests {
    private static func float(_ shape: Shape) -> TensorType { TensorType(.float32, shape) }

    struct Mistake: CustomTestStringConvertible, Sendable {
        let expected: String
        let types: [TensorType]
        let body: @Sendable (Trace, [Tensor]) -> UInt

        var testDescription: String { expected }
    }

    /// Each body makes one mistake and returns its line.
    static let mistakes: [Mistake] = [
        Mistake(
            expected: "matmul: inner sizes differ: lhs [256, 17], rhs [16, 300] (17 ≠ 16)",
            types: [float([256, 17]), float([16, 300])]
        ) { _, x in
            _ = x[0].matmul(x[1]); return #line
        },
        Mistake(
            expected: "matmul: inner sizes differ: lhs [4, 3]ᵀ, rhs [5, 3]ᵀ (4 ≠ 3)",
            types: [float([4, 3]), float([5, 3])]
        ) { _, x in
            _ = x[0].matmul(x[1], transposeLeft: true, transposeRight: true); return #line
        },
        Mistake(
            expected: "matmul: leading axes differ: lhs [2, 3, 4], rhs [1, 4, 5]; broadcast is explicit",
            types: [float([2, 3, 4]), float([1, 4, 5])]
        ) { _, x in
            _ = x[0].matmul(x[1]); return #line
        },
        Mistake(
            expected: "matmul: ranks differ or are below 2: lhs [3], rhs [3, 4]", types: [float([3]), float([3, 4])]
        ) { _, x in
            _ = x[0].matmul(x[1]); return #line
        },
        Mistake(expected: "broadcast: [2, 3] cannot grow to [2, 6]", types: [float([2, 3])]) { _, x in
            _ = x[0].broadcast(to: [2, 6]); return #line
        },
        Mistake(expected: "broadcast: [3] cannot grow to [2, 3]", types: [float([3])]) { _, x in
            _ = x[0].broadcast(to: [2, 3]); return #line
        },
        Mistake(expected: "reshape: [2, 3] (6 elements) cannot become [5]", types: [float([2, 3])]) { _, x in
            _ = x[0].reshaped(to: [5]); return #line
        },
        Mistake(expected: "transpose: [0, 0] is not a permutation of the axes of [2, 3]", types: [float([2, 3])]) {
            _, x in
            _ = x[0].transposed([0, 0]); return #line
        },
        Mistake(expected: "slice: block [2, 2] at [0, 2] leaves [2, 3]", types: [float([2, 3])]) { _, x in
            _ = x[0].slice(starts: [0, 2], sizes: [2, 2]); return #line
        },
        Mistake(expected: "pad: [2, 3] at [1, 0] leaves [2, 4]", types: [float([2, 3])]) { _, x in
            _ = x[0].padded(to: [2, 4], before: [1, 0]); return #line
        },
        Mistake(
            expected: "concatenate: f32[2, 4] does not continue f32[3, 4] along axis 1",
            types: [float([3, 4]), float([2, 4])]
        ) { _, x in
            _ = Tensor.concatenate(x, axis: 1); return #line
        },
        Mistake(expected: "reduce_sum: axes [2] are not ascending axes of [2, 3]", types: [float([2, 3])]) { _, x in
            _ = x[0].sum(axes: [2]); return #line
        },
        Mistake(expected: "reduce_maximum: axis 0 of [0, 3] is empty", types: [float([0, 3])]) { _, x in
            _ = x[0].maximum(axes: [0]); return #line
        },
        Mistake(
            expected: "gather: table [5, 4] and indices [2, 3] do not fit",
            types: [float([5, 4]), TensorType(.int32, [2, 3])]
        ) { _, x in
            _ = x[0].gather(x[1]); return #line
        },
        Mistake(expected: "gather: indices f32[3] must be i32 of rank 1 or more", types: [float([5, 4]), float([3])]) {
            _, x in
            _ = x[0].gather(x[1]); return #line
        },
        Mistake(
            expected: "scatter_add: table [6, 4], rows [5, 4] and indices [3] do not fit",
            types: [float([5, 4]), TensorType(.int32, [3])]
        ) { _, x in
            _ = x[0].scatterAdd(x[1], count: 6); return #line
        },
        Mistake(
            expected: "random_normal: seeds i32[2], step i32[1] do not fit result [3, 4]",
            types: [TensorType(.int32, [2]), TensorType(.int32, [1])]
        ) { trace, x in
            _ = trace.random(.normal, .policy, seeds: x[0], step: x[1], shape: [3, 4]); return #line
        },
        Mistake(expected: "constant: 2 values for f32[3]", types: []) { trace, _ in
            _ = trace.constant([1, 2], float([3])); return #line
        },
        Mistake(expected: "input: 'operand0' exists already", types: [float([1])]) { trace, _ in
            _ = trace.input("operand0", float([1])); return #line
        },
        Mistake(expected: "output: 'twice' exists already", types: [float([1])]) { trace, x in
            trace.output("twice", x[0])
            trace.output("twice", x[0]); return #line
        },
    ]

    @Test(arguments: mistakes) func mistakesAreToldWithTheirPlace(_ mistake: Mistake) {
        var line: UInt = 0
        let error = #expect(throws: TensorError.self) {
            try Program.trace("wrong") { trace in
                let inputs = mistake.types.enumerated().map { trace.input("operand\($0.offset)", $0.element) }
                line = mistake.body(trace, inputs)
            }
        }
        #expect(
            error?.message
                == "program 'wrong': \(mistake.expected), traced at HyperTensorTests/ShapeErrorTests.swift:\(line)")
    }

    /// Operators know no position; the position of their operands is the nearest.
    @Test func operatorsTellThePlaceOfTheirOperands() {
        let error = #expect(throws: TensorError.self) {
            try Program.trace("wrong") { trace in
                let x = trace.input("x", Self.float([2, 1]))
                let y = trace.input("y", Self.float([2]), file: "Here.swift", line: 7)
                _ = x - y
            }
        }
        #expect(
            error?.message
                == "program 'wrong': subtract: operand shapes differ: [2, 1], [2]; broadcast is explicit, traced at Here.swift:7"
        )
    }

    @Test func firstMistakeIsKept() {
        let error = #expect(throws: TensorError.self) {
            try Program.trace("wrong") { trace in
                let x = trace.input("x", Self.float([2, 3]))
                let first = x.reshaped(to: [7])
                _ = first.matmul(x)
            }
        }
        #expect(error?.message.contains("reshape: [2, 3] (6 elements) cannot become [7]") == true)
    }

    @Test func elementTypesAreChecked() {
        let error = #expect(throws: TensorError.self) {
            try Program.trace("wrong") { trace in
                _ = trace.input("x", TensorType(.int32, [2])).exp()
            }
        }
        #expect(error?.message.contains("exp: operand 0 is i32[2], expected float32") == true)
    }

    @Test func tensorsOfAnotherProgramAreRefused() throws {
        var stray: Tensor?
        _ = try Program.trace("first") { stray = $0.constant(1, [2]) }
        let foreign = try #require(stray)
        let error = #expect(throws: TensorError.self) {
            try Program.trace("second") { trace in _ = trace.constant(1, [2]) + foreign }
        }
        #expect(error?.message.contains("add: an operand belongs to another program") == true)
    }

    @Test func effectsCheckTheirVariables() throws {
        var layout = StateLayout()
        let arena = try layout.addArena("p", [("x", Self.float([2, 3]))])
        let other = try layout.addArena("q", [("x", Self.float([3, 2]))])
        func message(_ body: (Trace, Tensor) -> Void) -> String {
            let error = #expect(throws: TensorError.self) {
                try Program.trace("wrong") { trace in body(trace, trace.constant(0, [3, 2])) }
            }
            return error?.message ?? ""
        }
        #expect(message { $0.assign(arena.variables[0], $1) }.contains("assign: p.x f32[2, 3] cannot take f32[3, 2]"))
        #expect(
            message { trace, _ in trace.softUpdate(arena, from: other, rate: 0.1) }.contains(
                "soft_update: p.x f32[2, 3] and q.x f32[3, 2] differ"))
        #expect(
            message {
                $0.adam(arena, firstMoments: arena, secondMoments: arena, gradients: [$1], scale: $0.constant(0, [2]))
            }
            .contains("adam: p.x f32[2, 3], p.x f32[2, 3], p.x f32[2, 3] and gradient f32[3, 2] differ"))
    }
}
