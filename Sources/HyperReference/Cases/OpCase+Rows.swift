import HyperTensor

extension OpCase {
    static let rowCases: [OpCase] = [
        OpCase(.gather, "[6, 4] at 9 rows", [.normal([6, 4]), .integers(0...5, [9])], tolerance: .exact) { _, x, _ in
            [x[0].gather(x[1])]
        },
        OpCase(
            .gather, "of two replicas", [.normal([2, 5, 33]), .integers(0...4, [2, 7])], tolerance: .exact
        ) { _, x, _ in [x[0].gather(x[1])] },
        OpCase(
            .gather, "clamped", [.normal([3, 4]), .listed(integers: [-1, 3, 0, -100, 2, 1 << 30], [6])],
            tolerance: .exact
        ) { _, x, _ in [x[0].gather(x[1])] },
        OpCase(
            .gather, "of integers", [.integers(-99...99, [5, 3]), .integers(0...4, [4])], tolerance: .exact,
            isDifferentiable: false
        ) { _, x, _ in [x[0].gather(x[1])] },
        OpCase(
            .gather, "from state", [.integers(0...10, [2, 5])],
            arenas: [StateArena("table", [.normal([2, 11, 6])])], tolerance: .exact, isDifferentiable: false
        ) { trace, x, arenas in [trace.read(arenas[0].variables[0]).gather(x[0])] },
        OpCase(
            .scatterAdd, "9 rows into [4, 5]", [.normal([9, 5]), .integers(0...3, [9])],
            tolerance: .sum(of: 9, magnitude: 4)
        ) { _, x, _ in [x[0].scatterAdd(x[1], count: 4)] },
        OpCase(
            .scatterAdd, "of two replicas", [.normal([2, 7, 33]), .integers(0...4, [2, 7])],
            tolerance: .sum(of: 7, magnitude: 4)
        ) { _, x, _ in [x[0].scatterAdd(x[1], count: 5)] },
        OpCase(
            .scatterAdd, "clamped", [.normal([4, 3]), .listed(integers: [-7, 9, 1, 5], [4])],
            tolerance: .sum(of: 4, magnitude: 4)
        ) { _, x, _ in [x[0].scatterAdd(x[1], count: 3)] },
    ]

    static let randomCases: [OpCase] = seededCases + substreamCases

    /// Draws for each of four tasks of three seeds, the third repetition of them.
    private static let substreamCases: [OpCase] = Distribution.allCases.map { distribution in
        let isInteger = distribution == .integers
        let bounds: [CaseOperand] = isInteger ? [.listed(integers: [1, 1_000_003, 0, 7], [3, 4])] : []
        return OpCase(
            .random(distribution), "[3, 4, 2, 9], a substream for each task",
            [.listed(integers: [0, 1, -5], [3, 1]), .listed(integers: [12], [1]), .integers(0...65_535, [3, 4])]
                + bounds,
            tolerance: .exact, isDifferentiable: false
        ) { trace, x, _ in
            [
                trace.random(
                    distribution, .task, seeds: x[0].broadcast(to: [3, 4]), step: x[1], shape: [3, 4, 2, 9],
                    bounds: isInteger ? x[3] : nil, substreams: x[2] + 2 * 65_536)
            ]
        }
    }

    private static let seededCases: [OpCase] = Distribution.allCases.flatMap { distribution -> [OpCase] in
        let isInteger = distribution == .integers
        // Seeds and steps are bit patterns, so the sign bit is part of them.
        let seeds = CaseOperand.listed(integers: [0, 1, -5], [3])
        let bounds: [CaseOperand] = isInteger ? [.listed(integers: [1, 1_000_003, 0], [3])] : []
        return [("", 12), (", step -1", -1)].map { note, step in
            OpCase(
                .random(distribution), "[3, 2, 21]\(note)", [seeds, .listed(integers: [step], [1])] + bounds,
                tolerance: .exact, isDifferentiable: false
            ) { trace, x, _ in
                [
                    trace.random(
                        distribution, .exploration, seeds: x[0], step: x[1], shape: [3, 2, 21],
                        bounds: isInteger ? x[2] : nil)
                ]
            }
        }
    }
}
