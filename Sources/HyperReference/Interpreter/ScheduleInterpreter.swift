import HyperTensor

/// Runs a schedule in double precision: tells whether lowering kept a program's meaning, whatever the kernels do.
///
/// Scratch memory begins as NaN, so that what is read before it is written shows.
public struct ScheduleInterpreter: Sendable {
    public let schedule: Schedule

    public init(_ schedule: Schedule) { self.schedule = schedule }

    /// Runs all launches once; see `ReferenceInterpreter.run(inputs:state:)`.
    public func run(inputs: [[Double]], state: inout ReferenceState) throws -> [[Double]] {
        var memory = Memory(schedule: schedule, inputs: inputs, state: state)
        for group in schedule.groups {
            // What runs at once is run last first: it must not matter.
            for index in group.reversed() { try memory.perform(schedule.launches[index].launch) }
        }
        let outputs = try schedule.outputs.map {
            try memory.load(Operand(value: $0, view: View(contiguous: schedule.values[$0].type.shape)))
        }
        state = memory.state
        return outputs
    }
}

/// What the values of a schedule hold while it runs.
private struct Memory {
    let schedule: Schedule
    let inputs: [[Double]]
    var state: ReferenceState
    var scratch: [Double]

    init(schedule: Schedule, inputs: [[Double]], state: ReferenceState) {
        self.schedule = schedule
        self.inputs = inputs
        self.state = state
        scratch = [Double](repeating: .nan, count: schedule.scratchCount)
    }

    /// The elements of a view, row-major.
    func load(_ operand: Operand) throws -> [Double] {
        let (elements, begin): ([Double], Int)
        switch schedule.values[operand.value].storage {
        case .input(let index): (elements, begin) = (inputs[index], 0)
        case .constant(let numbers): (elements, begin) = (numbers, 0)
        case .variable(let variable, _): (elements, begin) = (try state.values(of: variable), 0)
        case .scratch(let offset): (elements, begin) = (scratch, offset)
        }
        return ReferenceValue(Shape([elements.count]), elements).view(
            Shape(operand.view.shape), base: begin + operand.view.offset, strides: operand.view.strides)
    }

    /// The elements of a view with the view's shape, or with another shape of the same count.
    func value(_ operand: Operand, as shape: [Int]? = nil) throws -> ReferenceValue {
        ReferenceValue(Shape(shape ?? operand.view.shape), try load(operand))
    }

    mutating func store(_ values: [Double], _ operand: Operand) throws {
        var position = 0
        func write(_ elements: inout [Double], _ begin: Int) {
            ReferenceValue.visit(
                Shape(operand.view.shape), base: begin + operand.view.offset, strides: operand.view.strides
            ) {
                elements[$0] = values[position]
                position += 1
            }
        }
        switch schedule.values[operand.value].storage {
        case .scratch(let offset): write(&scratch, offset)
        case .variable(let variable, _):
            var held = try state.values(of: variable)
            write(&held, 0)
            try state.set(variable, to: held)
        case .input, .constant:
            throw TensorError("schedule '\(schedule.program.name)': a launch writes to an input or a constant")
        }
    }

    mutating func perform(_ launch: Launch) throws {
        switch launch {
        case .elementwise(let kernel, let operands, let output):
            let stored = kernel.reference(try operands.map(load), count: output.view.count)
            let element = schedule.values[output.value].type.element
            try store(kernel.registers == .float64 ? stored.map(element.reference) : stored, output)
        case .reduce(let reduction, let outer, let middle, let inner, let input, let output):
            try store(try value(input, as: [outer, middle, inner]).reduced(reduction, axes: [1]), output)
        case .wideSum(let outer, let middle, let inner, let input, let output):
            try store(try value(input, as: [outer, middle, inner]).reduced(.sum, axes: [1]), output)
        case .dot(let shape, let left, let right, let output): try store(try dot(shape, left, right), output)
        case .matmul(let launch):
            let left = try value(launch.left).rectified(launch.rectifiesLeft)
            let product = try left.matmul(try value(launch.right).rectified(launch.rectifiesRight), false, false)
            if let step = launch.step {
                try perform(step.rule, step.parameter, gradient: product, scale: try load(step.scale))
                if let target = step.target {
                    try perform(moving: target, to: try whole(step.parameter.parameter.after), rate: step.targetRate)
                }
                return
            }
            let rest = try launch.epilogueInputs.map(load)
            try store(launch.epilogue?.reference([product] + rest, count: product.count) ?? product, launch.output)
        case .gather(let rows, let table, let indices, let output):
            try store(try value(table, as: rows.table).gathered(try value(indices, as: rows.indices)), output)
        case .scatterAdd(let rows, let updates, let indices, let output):
            let added = try value(updates, as: rows.updates).scatterAdded(
                try value(indices, as: rows.indices), into: Shape(rows.table))
            try store(added, output)
        case .assignRows(let shape, let rows, let indices, let table):
            let output = operand(table.after)
            let replaced = try value(output, as: shape.table).replacingRows(
                with: try value(rows, as: shape.updates), at: try value(indices, as: shape.indices))
            try store(replaced, output)
        case .random(let distribution, let stream, let seeds, let step, let bounds, let substreams, let output):
            let operands = try ([seeds, step] + [bounds, substreams].compactMap { $0 }).map(load)
            try store(ReferenceRandom.draw(distribution, stream, operands, Shape(output.view.shape)), output)
        case .adam(let launch):
            let scale = try load(launch.scale)
            for (parameter, gradient) in zip(launch.parameters, launch.gradients) {
                try perform(launch.rule, parameter, gradient: try load(gradient), scale: scale)
            }
        case .softUpdate(let launch):
            for (target, source) in zip(launch.targets, launch.sources) {
                try perform(moving: target, to: try load(source), rate: launch.rate)
            }
        }
    }

    private func operand(_ value: ValueID) -> Operand {
        Operand(value: value, view: View(contiguous: schedule.values[value].type.shape))
    }

    private func whole(_ value: ValueID) throws -> [Double] { try load(operand(value)) }

    private mutating func perform(
        _ rule: AdamRule, _ parameter: AdamRevision, gradient: [Double], scale: [Double]
    ) throws {
        let stepped = ReferenceUpdates.adam(
            rule.beta1, rule.beta2, rule.epsilon, scale: scale, gradient: gradient,
            parameter: try whole(parameter.parameter.before), first: try whole(parameter.firstMoment.before),
            second: try whole(parameter.secondMoment.before))
        try store(stepped.parameter, operand(parameter.parameter.after))
        try store(stepped.first, operand(parameter.firstMoment.after))
        try store(stepped.second, operand(parameter.secondMoment.after))
    }

    private mutating func perform(moving target: Revision, to source: [Double], rate: Double) throws {
        try store(ReferenceUpdates.moved(try whole(target.before), to: source, rate: rate), operand(target.after))
    }
}

extension ReferenceValue {
    fileprivate func rectified(_ isWanted: Bool) -> ReferenceValue {
        isWanted ? ReferenceValue(shape, values.map(Unary.relu.reference)) : self
    }
}

extension Memory {
    /// The sum of each piece of each row.
    fileprivate func dot(_ shape: DotShape, _ left: Operand, _ right: Operand) throws -> [Double] {
        let (a, b) = (try load(left), try load(right))
        return (0..<shape.rows).flatMap { row in
            stride(from: 0, to: shape.length, by: DotShape.pieceLength).map { begin in
                let end = min(begin + DotShape.pieceLength, shape.length)
                return (row * shape.length + begin..<row * shape.length + end).reduce(0) { $0 + a[$1] * b[$1] }
            }
        }
    }
}

extension RowsShape {
    fileprivate var table: [Int] { [replicas, tableRows, width] }
    fileprivate var updates: [Int] { [replicas, rows, width] }
    fileprivate var indices: [Int] { [replicas, rows] }
}

extension ElementwiseKernel {
    /// The stored register of every element.
    fileprivate func reference(_ inputs: [[Double]], count: Int) -> [Double] {
        (0..<count).map { element in
            var registers = inputs.map { $0[element] }
            for instruction in instructions {
                switch instruction {
                case .constant(let number):
                    registers.append(self.registers == .float64 ? number : Double(Float(number)))
                case .unary(let function, let x): registers.append(function.reference(registers[x]))
                case .binary(let function, let a, let b):
                    registers.append(function.reference(registers[a], registers[b]))
                case .select(let mask, let whenTrue, let whenFalse):
                    registers.append(registers[registers[mask] != 0 ? whenTrue : whenFalse])
                }
            }
            return registers[output]
        }
    }
}
