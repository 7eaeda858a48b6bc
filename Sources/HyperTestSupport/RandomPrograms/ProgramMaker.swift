import HyperTensor

/// Traces a random program, one step after another. Every step takes values of the pool, whose elements stay within about ±8, and adds some.
final class ProgramMaker {
    /// What a step may do.
    private enum Family: CaseIterable {
        case elementwise, movement, reduction, product, rows, random, read, assign, assignRows, adam, softUpdate,
            gradient, types

        /// How many of all steps, in proportion.
        var weight: Int {
            switch self {
            case .elementwise, .movement, .product: return 4
            case .read: return 3
            case .assign, .adam, .softUpdate, .types: return 2
            case .reduction, .rows, .random, .assignRows, .gradient: return 1
            }
        }
    }

    /// The most elements that a value of the pool has.
    static let mostElements = 120

    let trace: Trace
    let state: ProgramState
    var choices: Choices
    /// float32 values of rank 1 to 4.
    private(set) var pool: [Tensor] = []
    /// Inputs, and reads made for it, with respect to which gradients are taken.
    var sources: [Tensor] = []
    /// int32 inputs `[1]` and `[3]`.
    private(set) var stepInput: Tensor
    private(set) var rowsInput: Tensor
    private(set) var scaleInput: Tensor
    /// Gradients make programs long.
    var gradientsLeft = 2
    /// Variables that products have been made of, as they lie in memory.
    var factors: [Variable] = []
    /// Variables that the products to come shall be made of, if there are any.
    var factorsWanted: [Variable] = []
    private var outputCount = 0

    init(_ trace: Trace, _ state: ProgramState, _ choices: Choices) {
        self.trace = trace
        self.state = state
        self.choices = choices
        let shapes: [Shape] = [[4, 6], [1, 6], [4, 1], [2, 3, 4], [2, 1, 4], [24], [2, 5, 6]]
        sources = shapes.enumerated().map { trace.input("x\($0.offset)", TensorType(.float32, $0.element)) }
        stepInput = trace.input("step", TensorType(.int32, [1]))
        rowsInput = trace.input("rows", TensorType(.int32, [3]))
        scaleInput = trace.input("scale", TensorType(.float32, [2]))
        pool = sources
    }

    func make(opCount: Int) {
        let families = Family.allCases.filter { $0 == .elementwise || choices.chance(3, of: 4) }
        let weighted = families.flatMap { [Family](repeating: $0, count: $0.weight) }
        for position in 0..<opCount {
            perform(choices.pick(weighted))
            if position % 8 == 7 { output(recent()) }
        }
        lastOutputs()
    }

    private func perform(_ family: Family) {
        switch family {
        case .elementwise: keep(choices.chance(1, of: 2) ? unary(any()) : binary(any()))
        case .movement: keep(moved(any()))
        case .reduction: keep(reduced(any()))
        case .product: useProduct()
        case .rows: keep(rows())
        case .random: drawRandomNumbers()
        case .read: keep(seen(choices.pick(state.free)))
        case .assign: assign()
        case .assignRows: assignRows()
        case .adam: adam()
        case .softUpdate: softUpdate()
        case .gradient: takeGradients()
        case .types: keep(ofOtherType(any()))
        }
    }

    // MARK: The pool

    /// Any value of the pool, the latest more often.
    func any() -> Tensor { choices.chance(1, of: 2) ? choices.pick(pool) : recent() }

    func recent() -> Tensor { choices.pick(pool.suffix(5)) }

    /// Values of the pool that `isWanted`.
    func values(where isWanted: (Tensor) -> Bool) -> [Tensor] { pool.filter(isWanted) }

    /// Adds a value, or a part of it if it is large.
    func keep(_ value: Tensor) {
        if value.shape.rank == 0 { return pool.append(value.reshaped(to: [1])) }
        var part = value
        for axis in 0..<part.shape.rank where part.shape.count > Self.mostElements {
            let size = max(part.shape[axis] * Self.mostElements / part.shape.count, 1)
            let start = choices.below(part.shape[axis] - size + 1)
            part = part.slice(axis: axis, start..<start + size)
        }
        pool.append(part)
    }

    // MARK: Outputs

    func output(_ value: Tensor, prefix: String = "y") {
        trace.output("\(prefix)\(outputCount)", value)
        outputCount += 1
    }

    /// What a program gives at its end, among it what needs memory of its own: reads, views, inputs, a node twice.
    private func lastOutputs() {
        output(recent())
        for _ in 0..<1 + choices.below(3) {
            switch choices.below(6) {
            case 0: output(trace.read(choices.pick(state.layout.variables)))
            case 1: output(seen(choices.pick(state.free)))
            case 2: output(moved(any()))
            case 3:
                let twice = any()
                output(twice)
                output(twice)
            case 4: output(choices.pick(sources))
            default: output(any())
            }
        }
    }
}
