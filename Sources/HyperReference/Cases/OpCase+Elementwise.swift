import HyperTensor

/// Numbers at the ends of float32 and of the functions' ranges.
private let edges: [Double] = [
    0, -0.0, .infinity, -.infinity, .nan, 1, -1, 0.5, 1e-30, -1e-30, 1e-6, -1e-6, 1e30, -1e30, 3.4e38, -3.4e38, 20, -20,
    88, -88, 104, -104,
]

extension OpCase {
    static let unaryCases: [OpCase] =
        Unary.allCases.flatMap { function -> [OpCase] in
            let shape: Shape = [3, 37]
            let operand: CaseOperand
            switch function {
            case .log, .sqrt: operand = .uniform(0.5...2, shape)
            case .reciprocal: operand = .nonZero(shape, gap: 0.5)
            case .abs, .sign, .relu: operand = .nonZero(shape)
            case .floor: operand = .betweenIntegers(shape)
            case .negate, .exp, .tanh, .sigmoid, .softplus, .square, .isFinite: operand = .normal(shape)
            }
            let tolerance: Tolerance
            switch function {
            case .negate, .abs, .sign, .floor, .relu, .isFinite: tolerance = .exact
            case .sqrt, .reciprocal, .square: tolerance = .rounding
            case .exp, .log, .tanh, .sigmoid, .softplus: tolerance = .function
            }
            func make(_ note: String, _ operand: CaseOperand, isDifferentiable: Bool) -> OpCase {
                OpCase(
                    .unary(function), note, [operand], tolerance: tolerance, isDifferentiable: isDifferentiable
                ) { _, x, _ in [function.applied(to: x[0])] }
            }
            return [
                make("\(shape)", operand, isDifferentiable: true),
                make("edges", .listed(edges, [edges.count]), isDifferentiable: false),
                make("[1]", operand.resized([1]), isDifferentiable: false),
                make("[1031]", operand.resized([1031]), isDifferentiable: false),
            ]
        } + [
            OpCase(
                .unary(.tanh), "in a chain with a row and a column",
                [
                    .normal([5, 33]), .normal([1, 33]), .normal([5, 1]),
                ],
                // The argument rounds twice at about 3, which tanh passes on with slope 1 at most.
                tolerance: Tolerance(relative: 1e-6, absolute: 1e-6)
            ) { _, x, _ in
                let shape: Shape = [5, 33]
                return [(x[0] * x[1].broadcast(to: shape) + x[2].broadcast(to: shape)).tanh()]
            }
        ]

    static let binaryCases: [OpCase] =
        Binary.allCases.flatMap { function -> [OpCase] in
            let shape: Shape = [2, 3, 7]
            let operands = function.smoothOperands(shape)
            func make(_ note: String, _ operands: [CaseOperand], isDifferentiable: Bool) -> OpCase {
                OpCase(.binary(function), note, operands, isDifferentiable: isDifferentiable) { _, x, _ in
                    [function.applied(to: x[0], x[1])]
                }
            }
            let pairs = edges.count * edges.count
            return [
                make("\(shape)", operands, isDifferentiable: true),
                make(
                    "edges", [.listed(edges, repeated: edges.count, [pairs]), .listed(edges, [pairs])],
                    isDifferentiable: false),
                make(
                    "small integers", [.integers(-2...2, [67]).asFloats, .integers(-2...2, [67]).asFloats],
                    isDifferentiable: false),
            ]
        } + [
            OpCase(.binary(.multiply), "with itself", [.normal([3, 5])]) { _, x, _ in [x[0] * x[0]] },
            OpCase(.binary(.add), "of a row to every row", [.normal([4, 33]), .normal([1, 33])]) { _, x, _ in
                [x[0] + x[1].broadcast(to: [4, 33])]
            },
        ]

    static let selectCases: [OpCase] = [
        OpCase(
            .select, "", [.listed([1, 0, -2, 0], [3, 5]), .normal([3, 5]), .normal([3, 5])], tolerance: .exact,
            isDifferentiable: false
        ) { _, x, _ in [x[0].select(x[1], x[2])] },
        // What is not picked must not be seen, not even through a product with 0.
        OpCase(
            .select, "beside NaN and infinity",
            [
                .listed([1, 0, .nan, -0.0], [12]), .listed([5, .nan, 6, .infinity], [12]),
                .listed([.nan, 7, .infinity, 8], [12]),
            ], tolerance: .exact, isDifferentiable: false
        ) { _, x, _ in [x[0].select(x[1], x[2])] },
        OpCase(.select, "by a comparison", [.distinct([4, 9]), .distinct([4, 9], offset: 0.0625)]) { _, x, _ in
            [(x[0] .< x[1]).select(x[0] * x[1], x[1])]
        },
    ]
}

extension CaseOperand {
    /// The same kind of values in another shape.
    func resized(_ shape: Shape) -> CaseOperand { CaseOperand(type: TensorType(type.element, shape), source: source) }

    /// The same numbers as float32.
    var asFloats: CaseOperand { CaseOperand(type: TensorType(.float32, type.shape), source: source) }

    /// The same kind of numbers as float64, with digits that float32 has not where they are drawn.
    var asDoubles: CaseOperand { CaseOperand(type: TensorType(.float64, type.shape), source: source) }
}

extension Unary {
    /// Traces the function.
    public func applied(to x: Tensor) -> Tensor {
        switch self {
        case .negate: return -x
        case .exp: return x.exp()
        case .log: return x.log()
        case .sqrt: return x.squareRoot()
        case .reciprocal: return x.reciprocal()
        case .tanh: return x.tanh()
        case .sigmoid: return x.sigmoid()
        case .softplus: return x.softplus()
        case .abs: return x.magnitude()
        case .sign: return x.sign()
        case .square: return x.square()
        case .floor: return x.floor()
        case .relu: return x.relu()
        case .isFinite: return x.isFinite()
        }
    }
}

extension Binary {
    /// Traces the function.
    public func applied(to a: Tensor, _ b: Tensor) -> Tensor {
        switch self {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide: return a / b
        case .maximum: return a.maximum(b)
        case .minimum: return a.minimum(b)
        case .less: return a .< b
        case .lessOrEqual: return a .<= b
        case .equal: return a .== b
        }
    }
}

extension Binary {
    /// Operands that meet no kink, tie or pole.
    func smoothOperands(_ shape: Shape) -> [CaseOperand] {
        switch self {
        case .add, .subtract, .multiply: return [.normal(shape), .normal(shape)]
        case .divide: return [.normal(shape), .nonZero(shape, gap: 0.5)]
        case .maximum, .minimum, .less, .lessOrEqual, .equal:
            return [.distinct(shape), .distinct(shape, offset: 0.0625)]
        }
    }
}
