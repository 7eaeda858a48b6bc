/// One launch of a schedule as a program of its own: what benchmarks time and compare with the reference.
///
/// Operands that were scratch memory, inputs or constants become state variables; strides and broadcasts stay, so that
/// the kernel meets the same memory layout. The result is contiguous.
public struct IsolatedLaunch: Sendable {
    /// What a variable has to hold for the launch to make sense.
    public enum Content: Hashable, Sendable {
        case normal
        /// Numbers above zero: second moments and scales.
        case positive
        /// Integers in `0..<bound`.
        case integers(below: Int)
    }

    public let program: Program
    public let layout: StateLayout
    /// By variable of the layout.
    public let contents: [Content]

    /// Equal for launches that do the same work on the same shapes.
    public var signature: String { "\(program)\(layout.variables)" }

    /// - Parameters:
    ///   - values: The values that the launch's operands name.
    ///   - updateLimit: Parameters that an optimiser's launch takes at most, in whole variables and at least one; nil takes
    ///     all.
    public init(_ launch: Launch, values: [Value], updateLimit: Int? = nil) throws {
        var builder = Builder(values: values, updateLimit: updateLimit)
        try builder.declare(launch)
        let declared = builder
        program = try Program.trace(launch.name) { declared.record(launch, in: $0) }
        layout = builder.layout
        contents = builder.contents
    }
}

/// Declares the variables of a launch, then records its op on them.
private struct Builder {
    let values: [Value]
    let updateLimit: Int?
    var layout = StateLayout()
    var contents: [IsolatedLaunch.Content] = []
    /// The table that assign_rows changes.
    private var rowTable: Variable?
    private var tables: [Operand: (variable: Variable, table: StridedTable)] = [:]

    init(values: [Value], updateLimit: Int?) {
        self.values = values
        self.updateLimit = updateLimit
    }

    // MARK: Variables

    mutating func declare(_ launch: Launch) throws {
        switch launch {
        case .elementwise(_, let inputs, _): for input in inputs { try declare(input) }
        case .reduce(_, _, _, _, let input, _): try declare(input)
        case .matmul(let matmul):
            for operand in [matmul.left, matmul.right] + matmul.epilogueInputs { try declare(operand) }
        case .gather(let rows, let table, let indices, _):
            try declare(table)
            try declare(indices, .integers(below: rows.tableRows))
        case .scatterAdd(let rows, let updates, let indices, _):
            try declare(updates)
            try declare(indices, .integers(below: rows.tableRows))
        case .assignRows(let shape, let rows, let indices, let output):
            try declare(rows)
            try declare(indices, .integers(below: shape.tableRows))
            let element = values[output.value].type.element
            rowTable = try layout.addVariable("table", TensorType(element, Shape(shape.table)))
            contents.append(.normal)
        case .random(_, _, let seeds, let step, let bounds, _):
            for operand in [seeds, step] + (bounds.map { [$0] } ?? []) { try declare(operand, .integers(below: 1000)) }
        case .adam(let update, let gradients, let scale):
            let taken = leading(update.parameters)
            for (name, content) in [("parameters", IsolatedLaunch.Content.normal), ("first", .normal), ("second", .positive)] {
                try addArena(name, update.parameters.prefix(taken), content)
            }
            for gradient in gradients.prefix(taken) { try declare(gradient) }
            try declare(scale, .positive)
        case .softUpdate(let update):
            let taken = leading(update.targets)
            try addArena("targets", update.targets.prefix(taken), .normal)
            try addArena("sources", update.sources.prefix(taken), .normal)
        }
    }

    private mutating func declare(_ operand: Operand, _ content: IsolatedLaunch.Content = .normal) throws {
        guard tables[operand] == nil else { return }
        let table = StridedTable(operand.view)
        let element = values[operand.value].type.element
        let variable = try layout.addVariable("operand\(tables.count)", TensorType(element, Shape(table.sizes)))
        tables[operand] = (variable, table)
        contents.append(element == .int32 && content == .normal ? .integers(below: 1000) : content)
    }

    private mutating func addArena(
        _ name: String, _ variables: ArraySlice<Variable>, _ content: IsolatedLaunch.Content
    ) throws {
        try layout.addArena(name, variables.enumerated().map { ("\($0.offset)", $0.element.type) })
        contents += variables.map { _ in content }
    }

    /// How many leading variables stay within the limit.
    private func leading(_ variables: [Variable]) -> Int {
        guard let updateLimit else { return variables.count }
        var sum = 0
        let fitting = variables.prefix {
            sum += $0.type.count
            return sum <= updateLimit
        }
        return max(1, fitting.count)
    }

    private func arena(_ name: String) -> Arena {
        guard let arena = layout.arena(named: name) else {
            preconditionFailure("IsolatedLaunch: arena '\(name)' was not declared")
        }
        return arena
    }

    // MARK: Recording

    func record(_ launch: Launch, in trace: Trace) {
        func tensor(_ operand: Operand, as shape: [Int]? = nil) -> Tensor {
            guard let (variable, table) = tables[operand] else {
                preconditionFailure("IsolatedLaunch: an operand of \(launch.name) was not declared")
            }
            let tensor = table.view(of: trace.read(variable))
            return shape.map { tensor.reshaped(to: Shape($0)) } ?? tensor
        }
        switch launch {
        case .elementwise(let kernel, let inputs, let output):
            let shape = Shape(output.view.shape)
            trace.output("result", kernel.record(inputs.map { tensor($0) }, shape: shape, in: trace))
        case .reduce(let reduction, let outer, let length, let inner, let input, _):
            let shaped = tensor(input, as: [outer, length, inner])
            trace.output("result", trace.record(.reduce(reduction, axes: [1]), [shaped], nil))
        case .matmul(let matmul):
            let product = trace.record(
                .matmul(transposeLeft: false, transposeRight: false), [tensor(matmul.left), tensor(matmul.right)], nil)
            let rest = matmul.epilogueInputs.map { tensor($0) }
            trace.output(
                "result", matmul.epilogue?.record([product] + rest, shape: product.shape, in: trace) ?? product)
        case .gather(let rows, let table, let indices, _):
            trace.output(
                "result",
                trace.record(
                    .gather, [tensor(table, as: rows.table), tensor(indices, as: rows.indices)], nil))
        case .scatterAdd(let rows, let updates, let indices, _):
            trace.output(
                "result",
                trace.record(
                    .scatterAdd, [tensor(updates, as: rows.updates), tensor(indices, as: rows.indices)],
                    Shape(rows.table)))
        case .assignRows(let shape, let rows, let indices, _):
            guard let rowTable else {
                preconditionFailure("IsolatedLaunch: the table of assign_rows was not declared")
            }
            trace.assignRows(
                rowTable, tensor(rows, as: shape.updates), at: tensor(indices, as: shape.indices))
        case .random(let distribution, let stream, let seeds, let step, let bounds, let output):
            let count = seeds.view.count
            let shape = Shape([count, output.view.count / max(1, count)])
            trace.output(
                "result",
                trace.random(
                    distribution, stream, seeds: tensor(seeds, as: [count]), step: tensor(step, as: [1]),
                    shape: shape, bounds: bounds.map { tensor($0, as: [count]) }))
        case .adam(let update, let gradients, let scale):
            let parameters = arena("parameters")
            trace.adam(
                parameters, firstMoments: arena("first"), secondMoments: arena("second"),
                gradients: zip(gradients, parameters.variables).map { tensor($0, as: $1.shape.dimensions) },
                scale: tensor(scale, as: [2]), beta1: update.beta1, beta2: update.beta2, epsilon: update.epsilon)
        case .softUpdate(let update):
            trace.softUpdate(arena("targets"), from: arena("sources"), rate: update.rate)
        }
    }
}

extension RowsShape {
    fileprivate var table: [Int] { [replicas, tableRows, width] }
    fileprivate var updates: [Int] { [replicas, rows, width] }
    fileprivate var indices: [Int] { [replicas, rows] }
}

extension ElementwiseKernel {
    /// The kernel's ops on tensors of one shape.
    fileprivate func record(_ inputs: [Tensor], shape: Shape, in trace: Trace) -> Tensor {
        var registers = inputs
        for instruction in instructions {
            switch instruction {
            case .constant(let number): registers.append(trace.constant(Double(number), shape))
            case .unary(let function, let x): registers.append(trace.record(.unary(function), [registers[x]], nil))
            case .binary(let function, let a, let b):
                registers.append(trace.record(.binary(function), [registers[a], registers[b]], nil))
            case .select(let mask, let whenTrue, let whenFalse):
                registers.append(
                    trace.record(.select, [registers[mask], registers[whenTrue], registers[whenFalse]], nil))
            }
        }
        return registers[output]
    }
}
