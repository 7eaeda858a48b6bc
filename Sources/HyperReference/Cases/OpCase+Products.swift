import HyperTensor

extension OpCase {
    static let reductionCases: [OpCase] = Reduction.allCases.flatMap { reduction -> [OpCase] in
        func make(_ shape: Shape, _ axes: [Int], _ operand: CaseOperand, _ note: String = "") -> OpCase {
            let length = axes.reduce(1) { $0 * shape[$1] }
            // The operands of sums are normal, those of extremes lie 1/8 apart and come back unchanged.
            return OpCase(
                .reduce(reduction), "\(shape) over \(axes)\(note)", [operand],
                tolerance: reduction == .sum ? .sum(of: length, magnitude: 2) : .exact,
                isDifferentiable: note.isEmpty
            ) { _, x, _ in
                switch reduction {
                case .sum: return [x[0].sum(axes: axes)]
                case .maximum: return [x[0].maximum(axes: axes)]
                case .minimum: return [x[0].minimum(axes: axes)]
                }
            }
        }
        let shapes: [(Shape, [Int])] = [
            ([3, 5], [1]), ([3, 5], [0]), ([3, 4, 5], [0, 2]), ([3, 4, 5], [1]), ([4, 3], [0, 1]), ([2, 1000], [1]),
            ([257, 3], [0]), ([4, 1], [1]), ([2, 2, 33, 17], [2]),
        ]
        return shapes.map { shape, axes in
            make(shape, axes, reduction == .sum ? .normal(shape) : .distinct(shape))
        } + [
            make(
                [6, 4], [1], .listed([1, .infinity, 2, .nan, -.infinity, 3, 4, 5], [6, 4]), ", with infinity and NaN")
        ]
    }

    static let matmulCases: [OpCase] = transposedMatmuls + matmulShapes

    private static let transposedMatmuls: [OpCase] = [false, true].flatMap { left in
        [false, true].map { right in
            let (m, k, n) = (5, 7, 3)
            return OpCase(
                .matmul, "[2, 5, 7] [2, 7, 3]\(left ? ", left transposed" : "")\(right ? ", right transposed" : "")",
                [.normal(left ? [2, k, m] : [2, m, k]), .normal(right ? [2, n, k] : [2, k, n])],
                tolerance: .sum(of: k, magnitude: 4)
            ) { _, x, _ in [x[0].matmul(x[1], transposeLeft: left, transposeRight: right)] }
        }
    }

    /// Shapes that backends treat apart: single rows and columns, per-sample products, sizes around vector lengths.
    private static let matmulShapes: [OpCase] =
        [
            ([4, 1, 6], [4, 6, 33]), ([4, 6, 1], [4, 1, 33]), ([4, 7, 33], [4, 33, 1]), ([3, 1, 17], [3, 17, 1]),
            ([1, 1], [1, 1]), ([33, 65], [65, 129]), ([2, 2, 3, 4], [2, 2, 4, 5]), ([2, 100, 64], [2, 64, 96]),
            ([13, 300], [300, 64]),
        ].flatMap { (left: Shape, right: Shape) -> [OpCase] in
            let batch = left.rank - 2
            func exchanged(_ shape: Shape) -> Shape { shape.prefix(batch) + [shape[batch + 1], shape[batch]] }
            return [(false, false), (true, false), (false, true)].map { (transposeLeft, transposeRight) in
                OpCase(
                    .matmul,
                    "\(left) \(right)\(transposeLeft ? ", left transposed" : "")\(transposeRight ? ", right transposed" : "")",
                    [
                        .normal(transposeLeft ? exchanged(left) : left),
                        .normal(transposeRight ? exchanged(right) : right),
                    ],
                    tolerance: .sum(of: left[batch + 1], magnitude: 4)
                ) { _, x, _ in [x[0].matmul(x[1], transposeLeft: transposeLeft, transposeRight: transposeRight)] }
            }
        } + [
            OpCase(
                .matmul, "of a tensor with itself transposed", [.normal([5, 9])], tolerance: .sum(of: 9, magnitude: 4)
            ) {
                _, x, _ in [x[0].matmul(x[0], transposeRight: true)]
            },
            OpCase(
                .matmul, "with bias and relu", [.distinct([6, 4]), .normal([4, 33]), .normal([1, 33])],
                tolerance: .sum(of: 5, magnitude: 8), isDifferentiable: false
            ) { _, x, _ in [(x[0].matmul(x[1]) + x[2].broadcast(to: [6, 33])).relu()] },
        ]
}
