import HyperTensor

extension OpCase {
    static let movementCases: [OpCase] = broadcastCases + reshapeCases + transposeCases + blockCases + concatenateCases

    private static let broadcastCases: [OpCase] = [
        ([1, 5], [4, 5]), ([4, 1], [4, 33]), ([2, 1, 1, 3], [2, 4, 5, 3]), ([1, 1], [3, 7]), ([1], [17]),
    ].map { (from: Shape, to: Shape) in
        OpCase(.broadcast, "\(from) to \(to)", [.normal(from)], tolerance: .exact) { _, x, _ in
            [x[0].broadcast(to: to)]
        }
    }

    private static let reshapeCases: [OpCase] =
        [
            ([2, 6], [3, 4]), ([24], [2, 3, 4]), ([1], []),
        ].map { (from: Shape, to: Shape) in
            OpCase(.reshape, "\(from) to \(to)", [.normal(from)], tolerance: .exact) { _, x, _ in
                [x[0].reshaped(to: to)]
            }
        } + [
            OpCase(.reshape, "of a transpose", [.normal([3, 4])], tolerance: .exact) { _, x, _ in
                [x[0].transposed([1, 0]).reshaped(to: [2, 6])]
            }
        ]

    private static let transposeCases: [OpCase] = [
        ([5, 7], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]), ([2, 3, 4, 5], [0, 2, 1, 3]),
        ([65, 33], [1, 0]),
    ].map { (shape: Shape, permutation: [Int]) in
        OpCase(.transpose, "\(shape) by \(permutation)", [.normal(shape)], tolerance: .exact) { _, x, _ in
            [x[0].transposed(permutation)]
        }
    }

    private static let blockCases: [OpCase] = [
        OpCase(.slice, "inner columns", [.normal([3, 9])], tolerance: .exact) { _, x, _ in [x[0].slice(axis: 1, 2..<7)]
        },
        OpCase(.slice, "a block of [4, 5, 6]", [.normal([4, 5, 6])], tolerance: .exact) { _, x, _ in
            [x[0].slice(starts: [1, 0, 3], sizes: [2, 4, 3])]
        },
        OpCase(
            .slice, "of integers", [.integers(-9...9, [2, 8])], tolerance: .exact, isDifferentiable: false
        ) { _, x, _ in [x[0].slice(axis: 1, 3..<8)] },
        OpCase(.slice, "an empty range", [.normal([3, 4])], tolerance: .exact, isDifferentiable: false) { _, x, _ in
            [x[0].slice(axis: 0, 1..<1)]
        },
        OpCase(.pad, "inner columns", [.normal([3, 4])], tolerance: .exact) { _, x, _ in
            [x[0].padded(to: [3, 9], before: [0, 2])]
        },
        OpCase(.pad, "every axis", [.normal([2, 3, 4])], tolerance: .exact) { _, x, _ in
            [x[0].padded(to: [4, 3, 7], before: [1, 0, 3])]
        },
    ]

    private static let concatenateCases: [OpCase] = [
        OpCase(.concatenate, "columns", [.normal([3, 2]), .normal([3, 1]), .normal([3, 5])], tolerance: .exact) {
            _, x, _ in [Tensor.concatenate(x, axis: 1)]
        },
        OpCase(.concatenate, "rows", [.normal([2, 5]), .normal([3, 5])], tolerance: .exact) { _, x, _ in
            [Tensor.concatenate(x, axis: 0)]
        },
        OpCase(.concatenate, "a middle axis", [.normal([2, 3, 4]), .normal([2, 1, 4])], tolerance: .exact) { _, x, _ in
            [Tensor.concatenate(x, axis: 1)]
        },
        OpCase(.concatenate, "a tensor with itself", [.normal([2, 3])], tolerance: .exact) { _, x, _ in
            [Tensor.concatenate([x[0], x[0]], axis: 1)]
        },
        OpCase(
            .concatenate, "integers", [.integers(-9...9, [2, 3]), .integers(-9...9, [2, 4])], tolerance: .exact,
            isDifferentiable: false
        ) { _, x, _ in [Tensor.concatenate(x, axis: 1)] },
    ]
}
