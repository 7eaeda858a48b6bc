import HyperTensor

extension OpCase {
    /// Every kind of kernel at sizes around vectors, tiles and work-groups, beyond the cases of single ops in `all`.
    public static let edgeShapes: [OpCase] =
        elementwiseEdges + reductionEdges + matmulEdges + vectorEdges + dynamicEdges + residualEdges + rowEdges
        + randomEdges + updateEdges

    /// Sizes at which kernels go wrong: one element, less than a vector, either side of 32, more than a work-group of 256.
    static let edgeSizes = [1, 3, 31, 33, 257]

    private static let elementwiseEdges = edgeSizes.flatMap { rows in
        [1, 33, 257].map { columns in
            let shape: Shape = [rows, columns]
            return OpCase(
                .binary(.multiply), "\(shape) by a row, transposed", [.normal(shape), .normal([1, columns])]
            ) { _, x, _ in [(x[0] * x[1].broadcast(to: shape)).transposed([1, 0])] }
        }
    }

    private static let reductionEdges = edgeSizes.flatMap { length in
        [1, 3, 257].flatMap { inner in
            [Reduction.sum, .maximum].map { reduction in
                let shape: Shape = [3, length, inner]
                return OpCase(
                    .reduce(reduction), "\(shape) over the middle",
                    [reduction == .sum ? .normal(shape) : .distinct(shape)],
                    tolerance: reduction == .sum ? .sum(of: length, magnitude: 2) : .exact
                ) { _, x, _ in [reduction == .sum ? x[0].sum(axes: [1]) : x[0].maximum(axes: [1])] }
            }
        }
    }

    private static let matmulEdges = edgeSizes.flatMap { m in
        edgeSizes.map { n in
            // Every depth and every pair of transposes comes up.
            let choice = m * 7 + n
            let k = edgeSizes[(m + 2 * n) % edgeSizes.count]
            let (left, right) = (choice % 2 == 1, choice / 2 % 2 == 1)
            return OpCase(
                .matmul,
                "edges \(m) by \(k) by \(n)\(left ? ", left transposed" : "")\(right ? ", right transposed" : ""), bias",
                [
                    .normal(left ? [2, k, m] : [2, m, k]), .normal(right ? [2, n, k] : [2, k, n]), .normal([2, 1, n]),
                ], tolerance: .sum(of: k + 1, magnitude: 4)
            ) { _, x, _ in
                let product = x[0].matmul(x[1], transposeLeft: left, transposeRight: right)
                return [product + x[2].broadcast(to: product.shape)]
            }
        }
    }

    /// Sizes that are whole vectors, with every pair of transposes, as they are and after ReLU: what products load four at a time.
    private static let vectorEdges = [(4, 4, 12), (16, 32, 16), (36, 32, 132), (132, 36, 32), (32, 132, 36)].flatMap {
        m, k, n in
        [(false, false), (true, false), (false, true), (true, true)].map { left, right in
            OpCase(
                .matmul,
                "vectors \(m) by \(k) by \(n)\(left ? ", left transposed" : "")\(right ? ", right transposed" : "")",
                [.nonZero(left ? [2, k, m] : [2, m, k]), .nonZero(right ? [2, n, k] : [2, k, n])],
                tolerance: .sum(of: k, magnitude: 8), isDifferentiable: false
            ) { _, x, _ in
                [
                    x[0].matmul(x[1], transposeLeft: left, transposeRight: right),
                    x[0].relu().matmul(x[1].relu(), transposeLeft: left, transposeRight: right),
                ]
            }
        }
    }

    /// A dynamic layer, y = (1 + g) ⊙ (x·W) + b for each sample, and its gradients.
    private static let dynamicEdges = edgeSizes.flatMap { inputs in
        [1, 33, 257].map { outputs in
            let batch = 3
            return OpCase(
                .matmul, "per sample, \(inputs) to \(outputs), forward and backward",
                [
                    .normal([2, batch, 1, inputs]), .normal([2, batch, inputs, outputs]),
                    .normal([2, batch, 1, outputs]),
                ],
                tolerance: .sum(of: max(inputs, outputs) + 1, magnitude: 8)
            ) { _, x, _ in
                let product = x[0].matmul(x[1])
                let slope = (1 + x[2]) * product
                return [
                    slope + x[2], x[2].matmul(x[1], transposeRight: true), x[0].matmul(x[2], transposeLeft: true),
                ]
            }
        }
    }

    /// A pre-activation residual block, x + relu(relu(x)·A + a)·B + b, and its gradients; values are far from kinks.
    private static let residualEdges = edgeSizes.flatMap { width in
        [1, 33].map { batch in
            OpCase(
                .matmul, "a residual block of \(width), batch \(batch), forward and backward",
                [.nonZero([batch, width]), .uniform(0...1, [width, width]), .normal([width, width])],
                // Sums of sums of up to `width` products.
                tolerance: Tolerance(relative: 1e-5, absolute: 1e-5 * Double(width) * Double(width)),
                isDifferentiable: false
            ) { trace, x, _ in
                let hidden = x[0].relu().matmul(x[1]) + 1
                let y = x[0] + hidden.relu().matmul(x[2])
                return [y] + trace.gradients(of: y.square().sum(axes: [0, 1]).reshaped(to: []), withRespectTo: x)
            }
        }
    }

    private static let rowEdges = edgeSizes.flatMap { rows in
        [1, 33].flatMap { width in
            [
                OpCase(
                    .gather, "\(rows) rows of \(width)", [.normal([2, 33, width]), .integers(0...32, [2, rows])],
                    tolerance: .exact
                ) { _, x, _ in [x[0].gather(x[1])] },
                OpCase(
                    .scatterAdd, "\(rows) rows of \(width)",
                    [.normal([2, rows, width]), .integers(0...32, [2, rows])],
                    tolerance: .sum(of: rows, magnitude: 4)
                ) { _, x, _ in [x[0].scatterAdd(x[1], count: 33)] },
                OpCase(
                    .assignRows, "\(rows) rows of \(width)",
                    [.normal([2, rows, width]), .integers(-1...33, [2, rows])],
                    arenas: [StateArena("table", [.normal([2, 33, width])])], tolerance: .exact, isDifferentiable: false
                ) { trace, x, arenas in
                    trace.assignRows(arenas[0].variables[0], x[0], at: x[1])
                    return []
                },
            ]
        }
    }

    private static let randomEdges = edgeSizes.flatMap { lanes in
        Distribution.allCases.map { distribution in
            OpCase(
                .random(distribution), "\(lanes) lanes of 3 seeds",
                [
                    .listed(integers: [0, -7, 1 << 30], [3]), .listed(integers: [12345], [1]),
                    .listed(integers: [1, 0, 1 << 20], [3]),
                ],
                tolerance: .exact, isDifferentiable: false
            ) { trace, x, _ in
                [
                    trace.random(
                        distribution, .probe, seeds: x[0], step: x[1], shape: [3, lanes],
                        bounds: distribution == .integers ? x[2] : nil)
                ]
            }
        }
    }

    /// One optimiser over parameters of every size, with gaps between them; gradients begin at an odd element, parameters at a vector.
    private static let updateEdges: [OpCase] = {
        let shapes = edgeSizes.map { Shape([$0]) } + [[5, 1031]]
        let adam = OpCase(
            .adam, "of every size", shapes.map { .normal([$0.count + 1]) } + [.listed([0.003, 1.5], [2])],
            arenas: [
                StateArena("parameter", shapes.map { .normal($0) }), StateArena("first", shapes.map { .normal($0) }),
                StateArena("second", shapes.map { .uniform(0.1...2, $0) }),
            ], tolerance: Tolerance(relative: 1e-6, absolute: 2e-6), isDifferentiable: false
        ) { trace, x, arenas in
            trace.adam(
                arenas[0], firstMoments: arenas[1], secondMoments: arenas[2],
                gradients: zip(x, shapes).map { $0.slice(axis: 0, 1..<$1.count + 1).reshaped(to: $1) },
                scale: x[shapes.count])
            return []
        }
        let soft = OpCase(
            .softUpdate, "of every size", [],
            arenas: [
                StateArena("target", shapes.map { .normal($0) }), StateArena("source", shapes.map { .normal($0) }),
            ],
            tolerance: Tolerance(relative: 2e-7, absolute: 2e-7), isDifferentiable: false
        ) { trace, _, arenas in
            trace.softUpdate(arenas[0], from: arenas[1], rate: 0.25)
            return []
        }
        return [adam, soft]
    }()
}
