import HyperTensor

extension OpCase {
    static let leafCases: [OpCase] = [
        OpCase(.input, "", [.normal([3, 5])], tolerance: .exact) { _, x, _ in [x[0]] },
        OpCase(.input, "of integers", [.integers(-1000...1000, [7])], tolerance: .exact, isDifferentiable: false) {
            _, x, _ in [x[0]]
        },
        OpCase(.constant, "filled", [], tolerance: .exact, isDifferentiable: false) { trace, _, _ in
            [trace.constant(-2.5, [3, 4])]
        },
        OpCase(.constant, "listed, in a product", [.normal([2, 3])]) { trace, x, _ in
            [x[0] * trace.constant([1, -2, 0.5, 4, 0, 3], TensorType(.float32, [2, 3]))]
        },
        OpCase(
            .read, "", [], arenas: [StateArena("held", [.normal([4, 5]), .integers(-9...9, [3])])], tolerance: .exact,
            isDifferentiable: false
        ) { trace, _, arenas in arenas[0].variables.map { trace.read($0) } },
        OpCase(.stopGradient, "", [.normal([3, 5])], tolerance: .exact, isDifferentiable: false) { _, x, _ in
            [x[0].stopGradient()]
        },
    ]

    static let effectCases: [OpCase] = [
        OpCase(
            .assign, "between two reads", [.normal([3, 5])], arenas: [StateArena("held", [.normal([3, 5])])],
            isDifferentiable: false
        ) { trace, x, arenas in
            let variable = arenas[0].variables[0]
            let before = trace.read(variable)
            trace.assign(variable, before + x[0])
            return [before, trace.read(variable)]
        },
        OpCase(
            .assign, "exchanging two variables", [],
            arenas: [StateArena("held", [.normal([33]), .normal([33])])], tolerance: .exact, isDifferentiable: false
        ) { trace, _, arenas in
            let variables = arenas[0].variables
            let values = variables.map { trace.read($0) }
            trace.assign(variables[0], values[1])
            trace.assign(variables[1], values[0])
            return []
        },
        OpCase(
            .assign, "of integers", [.integers(-99...99, [2, 3])],
            arenas: [StateArena("held", [.integers(0...9, [2, 3])])], tolerance: .exact, isDifferentiable: false
        ) { trace, x, arenas in
            trace.assign(arenas[0].variables[0], x[0])
            return []
        },
        OpCase(
            .assignRows, "of two replicas, some outside",
            [
                .normal([2, 3, 5]), .listed(integers: [4, -1, 0, 6, 2, 1 << 30], [2, 3]),
            ], arenas: [StateArena("table", [.normal([2, 6, 5])])], tolerance: .exact, isDifferentiable: false
        ) { trace, x, arenas in
            trace.assignRows(arenas[0].variables[0], x[0], at: x[1])
            return [trace.read(arenas[0].variables[0])]
        },
        OpCase(
            .assignRows, "of integers", [.integers(-9...9, [2, 1]), .listed(integers: [3, 0], [2])],
            arenas: [StateArena("table", [.integers(0...9, [5, 1])])], tolerance: .exact, isDifferentiable: false
        ) { trace, x, arenas in
            trace.assignRows(arenas[0].variables[0], x[0], at: x[1])
            return []
        },
        adamCase,
        OpCase(
            .softUpdate, "", [],
            arenas: [
                StateArena("target", [.normal([2, 3]), .normal([67])]),
                StateArena("source", [.normal([2, 3]), .normal([67])]),
            ],
            // The difference of two normal numbers rounds at its own magnitude.
            tolerance: Tolerance(relative: 0x1p-22, absolute: 1e-8), isDifferentiable: false
        ) { trace, _, arenas in
            trace.softUpdate(arenas[0], from: arenas[1], rate: 0.005)
            return []
        },
    ]

    private static let adamCase: OpCase = {
        let shapes: [Shape] = [[3, 5], [1], [2, 1, 67]]
        let scale = CaseOperand.listed([0.01 / (1 - 0.9), 1 / (1 - 0.999).squareRoot()], [2])
        return OpCase(
            .adam, "of three parameters", shapes.map { .nonZero($0) } + [scale],
            arenas: [
                StateArena("parameter", shapes.map { .normal($0) }),
                StateArena("first", shapes.map { .normal($0) }),
                StateArena("second", shapes.map { .uniform(0.1...2, $0) }),
            ],
            // 1 − β₂ is 0.001 only to 5e-5 in float32 if it is computed there; a step moves by about 0.1 · 1/31.
            tolerance: Tolerance(relative: 1e-6, absolute: 2e-6), isDifferentiable: false
        ) { trace, x, arenas in
            trace.adam(
                arenas[0], firstMoments: arenas[1], secondMoments: arenas[2], gradients: Array(x.prefix(shapes.count)),
                scale: x[shapes.count])
            return []
        }
    }()
}
