import HyperTensor

/// Casts, integers, doubles and dot products.
extension OpCase {
    // MARK: Casts

    static let castCases: [OpCase] = [
        OpCase(.cast, "f32 to f64", [.normal([3, 37])], tolerance: .exact) { _, x, _ in [x[0].cast(to: .float64)] },
        OpCase(.cast, "f64 to f32", [.normal([1031]).asDoubles]) { _, x, _ in [x[0].cast(to: .float32)] },
        OpCase(
            .cast, "f32 to i32",
            [.listed([-2.7, -0.5, 0, -0.0, 0.5, 2.999, 8_388_609, -16_777_216, 2_147_483_520, -2_147_483_648], [259])],
            tolerance: .exact, isDifferentiable: false
        ) { _, x, _ in [x[0].cast(to: .int32)] },
        OpCase(
            .cast, "f64 to i32, each within a pair of floats", [.listed(integers: extremes, [extremes.count])],
            tolerance: .exact, isDifferentiable: false
        ) { _, x, _ in
            let exact = x[0].cast(to: .float64)
            // Of what lies between two numbers, the one nearer to zero.
            return [exact.cast(to: .int32), (exact * 0.99999).cast(to: .int32), (exact / 3).cast(to: .int32)]
        },
        OpCase(
            .cast, "i32 to f32, rounded", [.listed(integers: extremes, [extremes.count])], tolerance: .exact,
            isDifferentiable: false
        ) { _, x, _ in [x[0].cast(to: .float32)] },
        OpCase(
            .cast, "i32 to f64", [.listed(integers: extremes, [extremes.count])], tolerance: .exact,
            isDifferentiable: false
        ) { _, x, _ in [x[0].cast(to: .float64)] },
        OpCase(
            .cast, "of views", [.integers(-99...99, [3, 8]), .normal([5, 1])], tolerance: .exact,
            isDifferentiable: false
        ) { _, x, _ in
            [
                x[0].transposed([1, 0]).slice(axis: 0, 1..<6).cast(to: .float64),
                x[1].broadcast(to: [5, 7]).transposed([1, 0]).cast(to: .float64),
            ]
        },
        // A cast that rounds stands between others: float32 is held in double by the reference, which rounding allows.
        OpCase(
            .cast, "there and back", [.normal([2, 33]).asDoubles, .integers(-99...99, [2, 33])],
            tolerance: Tolerance(relative: 0x1p-22), isDifferentiable: false
        ) { _, x, _ in
            let scaled = x[1].cast(to: .float64) * 2.5
            return [
                x[0].cast(to: .float32).cast(to: .float64) * 3, scaled.cast(to: .int32).cast(to: .float64) + 0.25,
                (x[1] + 1).cast(to: .float32) * 0.5,
            ]
        },
    ]

    /// Integers at the ends of int32 and of what a float holds.
    private static let extremes = [
        0, 1, -1, 7, 16_777_215, 16_777_217, -16_777_219, 33_554_431, 123_456_789, -987_654_321, 2_147_483_647,
        -2_147_483_647, -2_147_483_648, 1_073_741_825,
    ]

    // MARK: Integers

    static let integerCases: [OpCase] =
        Binary.allCases.filter { $0 != .divide }.flatMap { function -> [OpCase] in
            func make(_ note: String, _ a: CaseOperand, _ b: CaseOperand) -> OpCase {
                OpCase(.binary(function), note, [a, b], tolerance: .exact, isDifferentiable: false) { _, x, _ in
                    [function.applied(to: x[0], x[1])]
                }
            }
            let range = function == .multiply ? -46_340...46_340 : -1_000_000_000...1_000_000_000
            let large: [Int]
            switch function {
            case .add, .subtract: large = [1_073_741_823, -1_073_741_823, 16_777_217, 0, 5]
            case .multiply: large = [1, 46_340, -46_340, 0, -1]
            case .maximum, .minimum, .less, .lessOrEqual, .equal, .divide:
                large = [2_147_483_647, 2_147_483_646, -2_147_483_648, -2_147_483_647, 0]
            }
            let pairs = large.flatMap { a in large.map { (a, $0) } }
            return [
                make("of integers", .integers(range, [2, 3, 37]), .integers(range, [2, 3, 37])),
                make("of small integers", .integers(-2...2, [67]), .integers(-2...2, [67])),
                make(
                    "of integers at their ends", .listed(integers: pairs.map(\.0), [pairs.count]),
                    .listed(integers: pairs.map(\.1), [pairs.count])),
            ]
        } + [
            OpCase(
                .select, "of integers by a comparison", [.integers(-9...9, [5, 33]), .integers(-9...9, [5, 33])],
                tolerance: .exact, isDifferentiable: false
            ) { _, x, _ in [(x[0] .< x[1]).select(x[0] * x[1], x[1] - 3)] },
            OpCase(
                .select, "of integers by floats",
                [.listed([1, 0, .nan, -0.0, 0.25, -1e-20], [67]), .integers(-9...9, [67]), .integers(-9...9, [67])],
                tolerance: .exact, isDifferentiable: false
            ) { _, x, _ in [x[0].select(x[1], x[2])] },
            OpCase(
                .select, "of floats by integers", [.integers(-2...2, [67]), .normal([67])], tolerance: .exact,
                isDifferentiable: false
            ) { _, x, _ in [(x[0] .== x[0] * x[0]).select(x[1], -x[1])] },
            OpCase(
                .constant, "of integers", [.integers(-9...9, [2, 3])], tolerance: .exact, isDifferentiable: false
            ) { trace, x, _ in
                let type = TensorType(.int32, [2, 3])
                return [
                    trace.constant(-7, type), x[0] + trace.constant([1, -2, 3, 1_000_000_007, 5, 6], type),
                    x[0] * 12 + trace.constant(3, TensorType(.int32, [2, 1])).broadcast(to: [2, 3]),
                ]
            },
            // The row of a task's k-th transition in one table of all tasks: task · capacity + row.
            OpCase(
                .gather, "at computed indices",
                [
                    .normal([21, 5]), .integers(0...2, [4, 1]), .integers(0...6, [4, 6]), .integers(-99...99, [21, 1]),
                ],
                tolerance: .exact, isDifferentiable: false
            ) { _, x, _ in
                let indices = (x[1].broadcast(to: [4, 6]) * 7 + x[2]).reshaped(to: [24])
                return [x[0].gather(indices), x[3].gather(indices) * 2, x[3].gather(indices.minimum(indices - 1))]
            },
        ]

    // MARK: Doubles

    /// Numbers at the ends of the functions' ranges, in the range of float32 with their products.
    private static let wideEdges: [Double] = [
        0, -0.0, .infinity, -.infinity, .nan, 1, -1, 0.5, 3, -7.75, 1e-10, -1e-10, 1e10, -1e10, 1e15, 16_777_216,
    ]

    static let wideCases: [OpCase] =
        Unary.allCases.filter(\.takesDoubles).flatMap { function -> [OpCase] in
            let shape: Shape = [3, 37]
            let operand: CaseOperand
            switch function {
            case .sqrt: operand = .uniform(0.5...2, shape)
            case .reciprocal: operand = .nonZero(shape, gap: 0.5)
            case .floor: operand = .betweenIntegers(shape)
            case .negate, .abs, .sign, .square, .relu, .isFinite, .exp, .log, .tanh, .sigmoid, .softplus:
                operand = .nonZero(shape)
            }
            func make(_ note: String, _ operand: CaseOperand, isDifferentiable: Bool) -> OpCase {
                OpCase(
                    .unary(function), "of doubles, \(note)", [operand.asDoubles], tolerance: .wide,
                    isDifferentiable: isDifferentiable
                ) { _, x, _ in [function.applied(to: x[0])] }
            }
            return [
                make("\(shape)", operand, isDifferentiable: true),
                make("edges", .listed(wideEdges, [wideEdges.count]), isDifferentiable: false),
                make("[1031]", operand.resized([1031]), isDifferentiable: false),
            ]
        }
        + Binary.allCases.flatMap { function -> [OpCase] in
            let shape: Shape = [2, 3, 7]
            let operands = function.smoothOperands(shape)
            func make(_ note: String, _ operands: [CaseOperand], isDifferentiable: Bool) -> OpCase {
                OpCase(
                    .binary(function), "of doubles, \(note)", operands.map(\.asDoubles), tolerance: .wide,
                    isDifferentiable: isDifferentiable
                ) { _, x, _ in [function.applied(to: x[0], x[1])] }
            }
            let pairs = wideEdges.count * wideEdges.count
            return [
                make("\(shape)", operands, isDifferentiable: true),
                make(
                    "edges", [.listed(wideEdges, repeated: wideEdges.count, [pairs]), .listed(wideEdges, [pairs])],
                    isDifferentiable: false),
                make("[1031]", [operands[0].resized([1031]), operands[1].resized([1031])], isDifferentiable: false),
            ]
        } + [
            OpCase(
                .select, "of doubles by a comparison", [.distinct([4, 9]).asDoubles, .normal([4, 9]).asDoubles],
                tolerance: .wide
            ) { _, x, _ in [(x[0] .< x[0] * x[0]).select(x[0] * x[1], x[1])] },
            OpCase(
                .constant, "of doubles, in a sum", [.normal([2, 3]).asDoubles], tolerance: .wide
            ) { trace, x, _ in
                let type = TensorType(.float64, [2, 3])
                return [(x[0] + trace.constant(1.0 / 3, type)) * trace.constant([1, -2, 0.1, 4, 0, 1e-9], type)]
            },
            OpCase(.binary(.divide), "of doubles by a number", [.normal([5]).asDoubles], tolerance: .wide) { _, x, _ in
                [x[0] / 3 - 0.1]
            },
            // A sum whose small part float32 does not hold; pairs of floats round it at 2⁻⁴⁸ of the large part.
            OpCase(
                .binary(.subtract), "of doubles that float32 cannot tell apart",
                [.uniform(-1...1, [65]), .uniform(1e-9...2e-9, [65])],
                tolerance: Tolerance(relative: 0, absolute: 0x1p-46),
                isDifferentiable: false
            ) { _, x, _ in
                let large = x[0].cast(to: .float64)
                return [large + x[1].cast(to: .float64) - large]
            },
        ]
        + [
            ([3, 5], [1]), ([3, 5], [0]), ([3, 4, 5], [0, 2]), ([4, 3], [0, 1]), ([2, 1000], [1]), ([257, 3], [0]),
        ].map {
            (shape: Shape, axes: [Int]) in
            OpCase(
                .reduce(.sum), "of doubles, \(shape) over \(axes)", [.normal(shape).asDoubles],
                tolerance: .dot(of: axes.reduce(1) { $0 * shape[$1] }, magnitude: 2)
            ) { _, x, _ in [x[0].sum(axes: axes)] }
        }

    // MARK: Dot products

    static let dotCases: [OpCase] =
        [[1], [5], [3, 5], [2, 3, 33], [3, 1], [2, 257], [2, 4096], [3, 4097], [2, 20_000]].map { (shape: Shape) in
            OpCase(
                .dot, "\(shape)", [.normal(shape), .normal(shape)],
                tolerance: .dot(of: shape[shape.rank - 1], magnitude: 2),
                isDifferentiable: shape.count < 1000
            ) { _, x, _ in [x[0].dot(x[1])] }
        } + [
            OpCase(
                .dot, "of a transposed tensor with itself", [.normal([33, 4])], tolerance: .dot(of: 33, magnitude: 2)
            ) { _, x, _ in
                let rows = x[0].transposed([1, 0])
                return [rows.dot(rows)]
            },
            // x ← x + (r·r / p·Ap) p, as a conjugate-gradient step has it: the scalar stays in double and in the program.
            OpCase(
                .dot, "to a step along a direction",
                [.normal([2, 300]), .normal([2, 300]), .uniform(1...2, [2, 300])],
                tolerance: Tolerance(relative: 1e-6, absolute: 1e-6)
            ) { _, x, _ in
                let (position, direction) = (x[0], x[1])
                let step = direction.dot(direction) / direction.dot(x[2] * direction)
                let along = step.cast(to: .float32).reshaped(to: [2, 1]).broadcast(to: direction.shape)
                return [position + along * direction]
            },
        ]

    // MARK: Movement

    /// Views, copies, indexed rows and state of every type: integers are words like floats, doubles are two words.
    static let typedMovementCases: [OpCase] = [ElementType.int32, .float64].flatMap { element -> [OpCase] in
        let plural = element == .int32 ? "integers" : "doubles"
        func operand(_ shape: Shape) -> CaseOperand {
            element == .int32 ? .integers(-99_999_999...99_999_999, shape) : .normal(shape).asDoubles
        }
        func make(
            _ kind: Op.Kind, _ note: String, _ operands: [CaseOperand], arenas: [StateArena] = [],
            isDifferentiable: Bool = true, body: @escaping @Sendable (Trace, [Tensor], [Arena]) -> [Tensor]
        ) -> OpCase {
            OpCase(
                kind, "moving \(plural)\(note)", operands, arenas: arenas, tolerance: .exact,
                isDifferentiable: isDifferentiable && element == .float64, body: body)
        }
        return [
            make(.input, "", [operand([3, 5])]) { _, x, _ in [x[0]] },
            make(.broadcast, "", [operand([2, 1, 3])]) { _, x, _ in [x[0].broadcast(to: [2, 4, 3])] },
            make(.reshape, " of a transpose", [operand([3, 4])]) { _, x, _ in
                [x[0].transposed([1, 0]).reshaped(to: [2, 6])]
            },
            make(.transpose, "", [operand([2, 3, 33])]) { _, x, _ in [x[0].transposed([2, 0, 1])] },
            make(.slice, "", [operand([4, 5, 6])]) { _, x, _ in [x[0].slice(starts: [1, 0, 3], sizes: [2, 4, 3])] },
            make(.pad, "", [operand([3, 4])]) { _, x, _ in [x[0].padded(to: [5, 9], before: [1, 2])] },
            make(.concatenate, "", [operand([3, 2]), operand([3, 1]), operand([3, 5])]) { _, x, _ in
                [Tensor.concatenate(x, axis: 1)]
            },
            make(.gather, "", [operand([2, 5, 3]), .integers(-1...5, [2, 7])], isDifferentiable: false) { _, x, _ in
                [x[0].gather(x[1])]
            },
            make(
                .assignRows, "", [operand([2, 3, 5]), .listed(integers: [4, -1, 0, 6, 2, 1 << 30], [2, 3])],
                arenas: [StateArena("table", [.normal([3]), operand([2, 6, 5])])], isDifferentiable: false
            ) { trace, x, arenas in
                trace.assignRows(arenas[0].variables[1], x[0], at: x[1])
                return [trace.read(arenas[0].variables[1])]
            },
            make(
                .assign, " between two reads", [operand([3, 5])],
                arenas: [StateArena("held", [operand([3, 5]), .normal([5]), operand([7])])], isDifferentiable: false
            ) { trace, x, arenas in
                let variables = arenas[0].variables
                let before = trace.read(variables[0])
                trace.assign(variables[0], x[0])
                return [before, trace.read(variables[0]), trace.read(variables[2]), trace.read(variables[1])]
            },
        ]
    }
}
