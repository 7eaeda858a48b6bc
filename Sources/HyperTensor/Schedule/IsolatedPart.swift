/// The variables that stand for the operands of isolated launches.
struct IsolatedOperands {
    let values: [Value]
    let updateLimit: Int?
    private(set) var layout = StateLayout()
    private(set) var contents: [IsolatedLaunch.Content] = []
    private var tables: [Operand: (variable: Variable, table: StridedTable)] = [:]

    init(values: [Value], updateLimit: Int?) {
        self.values = values
        self.updateLimit = updateLimit
    }

    mutating func declare(_ operand: Operand, _ content: IsolatedLaunch.Content = .normal) throws {
        guard tables[operand] == nil else { return }
        let table = StridedTable(operand.view)
        let element = values[operand.value].type.element
        let variable = try layout.addVariable("operand\(tables.count)", TensorType(element, Shape(table.sizes)))
        tables[operand] = (variable, table)
        contents.append(element == .int32 && content == .normal ? .integers(below: 1000) : content)
    }

    /// Declares a variable that a launch changes.
    mutating func addTable(like operand: Operand, _ shape: [Int]) throws -> Variable {
        let element = values[operand.value].type.element
        contents.append(element == .int32 ? .integers(below: 1000) : .normal)
        return try layout.addVariable("table\(contents.count)", TensorType(element, Shape(shape)))
    }

    mutating func addArena(
        _ name: String, _ variables: ArraySlice<Variable>, _ content: IsolatedLaunch.Content
    ) throws -> Arena {
        contents += variables.map { _ in content }
        return try layout.addArena(
            "\(name)\(layout.arenas.count)", variables.enumerated().map { ("\($0.offset)", $0.element.type) })
    }

    /// How many leading variables stay within the limit.
    func leading(_ variables: [Variable]) -> Int {
        guard let updateLimit else { return variables.count }
        var sum = 0
        let fitting = variables.prefix {
            sum += $0.type.count
            return sum <= updateLimit
        }
        return max(1, fitting.count)
    }

    /// - Parameter rectified: ReLU of the operand. It comes before the strides, as where it was folded into the launch, so that
    ///   a backend can fold it again.
    func tensor(_ operand: Operand, as shape: [Int]? = nil, rectified: Bool = false, in trace: Trace) -> Tensor {
        guard let (variable, table) = tables[operand] else {
            preconditionFailure("IsolatedLaunch: an operand \(operand) was not declared")
        }
        let tensor = table.view(of: rectified ? trace.read(variable).relu() : trace.read(variable))
        return shape.map { tensor.reshaped(to: Shape($0)) } ?? tensor
    }
}

/// Declares the variables of a launch, then records its op on them.
struct IsolatedPart {
    private let part: LaunchPart
    /// The table that assign_rows changes.
    private var rowTable: Variable?
    /// The arenas that an optimiser or a soft update names, in the order of its parameters.
    private var arenas: [Arena] = []

    init(_ part: LaunchPart, _ operands: inout IsolatedOperands) throws {
        self.part = part
        switch part.launch {
        case .elementwise(_, let inputs, _): for input in inputs { try operands.declare(input) }
        case .reduce(_, _, _, _, let input, _): try operands.declare(input)
        case .matmul(let matmul):
            for operand in [matmul.left, matmul.right] + matmul.epilogueInputs { try operands.declare(operand) }
            if let step = matmul.step {
                try declareArenas(step.update, step.scale, count: 1, &operands)
                if let softUpdate = step.softUpdate {
                    arenas.append(try operands.addArena("targets", softUpdate.targets[...], .normal))
                }
            }
        case .gather(let rows, let table, let indices, _):
            try operands.declare(table)
            try operands.declare(indices, .integers(below: rows.tableRows))
        case .scatterAdd(let rows, let updates, let indices, _):
            try operands.declare(updates)
            try operands.declare(indices, .integers(below: rows.tableRows))
        case .assignRows(let shape, let rows, let indices, let output):
            try operands.declare(rows)
            try operands.declare(indices, .integers(below: shape.tableRows))
            rowTable = try operands.addTable(like: output, shape.table)
        case .random(_, _, let seeds, let step, let bounds, _):
            for operand in [seeds, step] + (bounds.map { [$0] } ?? []) {
                try operands.declare(operand, .integers(below: 1000))
            }
        case .adam(let update, let gradients, let scale):
            let taken = operands.leading(update.parameters)
            try declareArenas(update, scale, count: taken, &operands)
            for gradient in gradients.prefix(taken) { try operands.declare(gradient) }
        case .softUpdate(let update):
            let taken = operands.leading(update.targets)
            arenas.append(try operands.addArena("targets", update.targets.prefix(taken), .normal))
            arenas.append(try operands.addArena("sources", update.sources.prefix(taken), .normal))
        }
    }

    /// Declares what the first `count` parameters of an optimiser's step need besides gradients.
    private mutating func declareArenas(
        _ update: AdamUpdate, _ scale: Operand, count: Int, _ operands: inout IsolatedOperands
    ) throws {
        for (name, content) in [
            ("parameters", IsolatedLaunch.Content.normal), ("first", .normal), ("second", .positive),
        ] {
            arenas.append(try operands.addArena(name, update.parameters.prefix(count), content))
        }
        try operands.declare(scale, .positive)
    }

    /// Records the step of the declared parameters.
    private func recordAdam(_ update: AdamUpdate, _ gradients: [Tensor], scale: Tensor, in trace: Trace) {
        trace.adam(
            arenas[0], firstMoments: arenas[1], secondMoments: arenas[2],
            gradients: zip(gradients, arenas[0].variables).map { $0.reshaped(to: $1.shape) }, scale: scale,
            beta1: update.beta1, beta2: update.beta2, epsilon: update.epsilon)
    }

    /// - Parameter name: Of the output, if the launch has one.
    func record(_ name: String, with operands: IsolatedOperands, in trace: Trace) {
        func tensor(_ operand: Operand, as shape: [Int]? = nil, rectified: Bool = false) -> Tensor {
            operands.tensor(operand, as: shape, rectified: rectified, in: trace)
        }
        switch part.launch {
        case .elementwise(let kernel, let inputs, let output):
            let shape = Shape(output.view.shape)
            trace.output(name, kernel.record(inputs.map { tensor($0) }, shape: shape, in: trace))
        case .reduce(let reduction, let outer, let length, let inner, let input, _):
            let shaped = tensor(input, as: [outer, length, inner])
            trace.output(name, trace.record(.reduce(reduction, axes: [1]), [shaped], nil))
        case .matmul(let matmul):
            let product = trace.record(
                .matmul(transposeLeft: false, transposeRight: false),
                [
                    tensor(matmul.left, rectified: part.rectifiesLeft),
                    tensor(matmul.right, rectified: part.rectifiesRight),
                ], nil)
            if let step = matmul.step {
                recordAdam(step.update, [product], scale: tensor(step.scale, as: [2]), in: trace)
                if let softUpdate = step.softUpdate {
                    trace.softUpdate(arenas[3], from: arenas[0], rate: softUpdate.rate)
                }
                return
            }
            let rest = matmul.epilogueInputs.map { tensor($0) }
            trace.output(
                name, matmul.epilogue?.record([product] + rest, shape: product.shape, in: trace) ?? product)
        case .gather(let rows, let table, let indices, _):
            trace.output(
                name, trace.record(.gather, [tensor(table, as: rows.table), tensor(indices, as: rows.indices)], nil))
        case .scatterAdd(let rows, let updates, let indices, _):
            trace.output(
                name,
                trace.record(
                    .scatterAdd, [tensor(updates, as: rows.updates), tensor(indices, as: rows.indices)],
                    Shape(rows.table)))
        case .assignRows(let shape, let rows, let indices, _):
            guard let rowTable else {
                preconditionFailure("IsolatedLaunch: the table of assign_rows was not declared")
            }
            trace.assignRows(rowTable, tensor(rows, as: shape.updates), at: tensor(indices, as: shape.indices))
        case .random(let distribution, let stream, let seeds, let step, let bounds, let output):
            let count = seeds.view.count
            let shape = Shape([count, output.view.count / max(1, count)])
            trace.output(
                name,
                trace.random(
                    distribution, stream, seeds: tensor(seeds, as: [count]), step: tensor(step, as: [1]),
                    shape: shape, bounds: bounds.map { tensor($0, as: [count]) }))
        case .adam(let update, let gradients, let scale):
            recordAdam(
                update, zip(gradients, arenas[0].variables).map { operand, _ in tensor(operand) },
                scale: tensor(scale, as: [2]), in: trace)
        case .softUpdate(let update): trace.softUpdate(arenas[0], from: arenas[1], rate: update.rate)
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
