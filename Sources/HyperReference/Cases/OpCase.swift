import HyperTensor

/// One op on operands of given shapes and values: what tests run on every backend and what benchmarks time.
public struct OpCase: Sendable, CustomStringConvertible {
    /// The op, then what is special about this case: `matmul [4, 1, 6] [4, 6, 9]`.
    public let name: String
    /// The op that the case is about; others may stand around it.
    public let kind: Op.Kind
    /// The program's inputs.
    public let operands: [CaseOperand]
    /// The state the program works on.
    public let arenas: [StateArena]
    /// How far a backend may be off.
    public let tolerance: Tolerance
    /// Whether the values stay away from kinks, so that derivatives exist to any order and can be checked.
    public let isDifferentiable: Bool

    private let body: @Sendable (Trace, [Tensor], [Arena]) -> [Tensor]

    /// Describes a case.
    ///
    /// - Parameter body: Traces the op on the operands and the state's arenas and returns the values to compare.
    init(
        _ kind: Op.Kind, _ note: String, _ operands: [CaseOperand], arenas: [StateArena] = [],
        tolerance: Tolerance = .rounding, isDifferentiable: Bool = true,
        body: @escaping @Sendable (Trace, [Tensor], [Arena]) -> [Tensor]
    ) {
        name = note.isEmpty ? kind.description : "\(kind) \(note)"
        self.kind = kind
        self.operands = operands
        self.arenas = arenas
        self.tolerance = tolerance
        self.isDifferentiable = isDifferentiable
        self.body = body
    }

    /// Every case; each op kind has at least one.
    public static let all: [OpCase] =
        leafCases + unaryCases + binaryCases + selectCases + movementCases + reductionCases + matmulCases + rowCases
        + randomCases + effectCases + castCases + integerCases + wideCases + dotCases + typedMovementCases

    /// The cases whose derivatives are checked.
    public static let differentiable = all.filter(\.isDifferentiable)

    public var description: String { name }

    // MARK: Programs

    /// The state's layout.
    public func layout() throws -> StateLayout {
        var layout = StateLayout()
        for arena in arenas {
            try layout.addArena(
                arena.name, arena.members.enumerated().map { (name: "\($0.offset)", type: $0.element.type) })
        }
        return layout
    }

    /// The program with one input for each operand and one output for each value.
    public func program() throws -> Program {
        let layout = try layout()
        return try Program.trace(name) { trace in
            let inputs = operands.enumerated().map { trace.input("operand\($0.offset)", $0.element.type) }
            for (index, value) in values(trace, inputs, layout).enumerated() { trace.output("value\(index)", value) }
        }
    }

    /// Traces the op on tensors of the caller's own.
    public func values(_ trace: Trace, _ inputs: [Tensor], _ layout: StateLayout) -> [Tensor] {
        body(trace, inputs, layout.arenas)
    }

    // MARK: Values

    /// The operands' values, all exact in their types.
    public func operandValues(seed: UInt32 = 0) -> [[Double]] {
        operands.enumerated().map { $0.element.makeValues(seed: seed, index: UInt64($0.offset)) }
    }

    /// The state's initial values, all exact in their types, in the order of the layout's variables.
    public func stateValues(seed: UInt32 = 0) -> [[Double]] {
        arenas.flatMap(\.members).enumerated().map {
            $0.element.makeValues(seed: seed, index: UInt64(1000 + $0.offset))
        }
    }

    /// The state with its initial values.
    public func makeState(seed: UInt32 = 0) throws -> ReferenceState {
        let layout = try layout()
        var state = ReferenceState(layout)
        for (variable, values) in zip(layout.variables, stateValues(seed: seed)) { try state.set(variable, to: values) }
        return state
    }

    /// The work of one run, counted for all ops of the case.
    public func cost() throws -> OpCost {
        let program = try program()
        return program.nodes.reduce(OpCost()) { total, node in
            total + OpCost(of: node.op, operands: node.operands.map { program.nodes[$0].type }, result: node.type)
        }
    }
}

/// Variables that share an arena.
public struct StateArena: Sendable {
    public let name: String
    public let members: [CaseOperand]

    init(_ name: String, _ members: [CaseOperand]) {
        self.name = name
        self.members = members
    }
}
