import HyperTensor

/// Where a value lies on the device: buffer 0 scratch, 1 inputs and constants, 2 and 3 state; the offset in 4-byte words.
struct DevicePlace {
    let buffer: Int
    let offset: Int
    /// What its elements are.
    let element: ElementType
}

/// The table of a program's launches: for each part its record, for each launch its parts with their first groups.
struct PartTable {
    private(set) var words: [UInt32] = []
    let tuning: KernelTuning
    /// By value of the schedule.
    let places: [DevicePlace]
    /// By kernel file that runs generated programs.
    var programs: [KernelKind: GeneratedPrograms] = [
        .matmul: GeneratedPrograms(followsProduct: true), .dynamicLinear: GeneratedPrograms(followsProduct: true),
        .elementwise: GeneratedPrograms(followsProduct: false),
        .wideElementwise: GeneratedPrograms(followsProduct: false),
    ]

    /// A launch as the host enqueues it.
    struct Call {
        let kind: KernelKind
        /// Of matmul, the position of its tiling.
        let tiling: Int
        /// The position of the list of parts in the table.
        let parts: Int
        let partCount: Int
        let groups: Int
    }

    init(tuning: KernelTuning, places: [DevicePlace]) {
        self.tuning = tuning
        self.places = places
    }

    /// Adds the records of launches that share a call, at least one, all of one kind.
    ///
    /// - Throws: `TensorError` if an offset or count is beyond the kernels' 32 bits, or a rank beyond their axes.
    mutating func add(_ group: [Launch]) throws -> Call {
        // One matrix of each product, so that the choice does not depend on how many seeds there are.
        let outputs = group.reduce(0) { count, launch in
            if case .matmul(let matmul) = launch { count + matmul.m * matmul.n } else { count }
        }
        let tiling = tuning.tiling(outputs: outputs)
        var entries: [(groups: Int, record: Int)] = []
        // The longest sums first: a work-group that begins late must not be the one that takes longest.
        let parts = group.enumerated().sorted { ($1.element.depth, $0.offset) < ($0.element.depth, $1.offset) }
        for (_, part) in parts { entries += try records(part, tiling: tuning.tilings[tiling]) }
        let position = words.count
        var first = 0
        for entry in entries {
            try append([first, entry.record])
            first += entry.groups
        }
        return Call(
            kind: KernelKind(group[0]), tiling: tiling, parts: position, partCount: entries.count, groups: first)
    }

    /// The groups and records of a part; an optimiser's part has one for each parameter.
    private mutating func records(_ launch: Launch, tiling: MatmulTiling) throws -> [(groups: Int, record: Int)] {
        switch launch {
        case .elementwise(let kernel, let inputs, let output): return [try elementwise(kernel, inputs, output)]
        case .reduce(let reduction, let outer, let length, let inner, let input, let output):
            return [try reduce(reduction, outer * inner, length, inner, input, output)]
        case .wideSum(let outer, let length, let inner, let input, let output):
            return [try wideSum(outer * inner, length, inner, input, output)]
        case .dot(let shape, let left, let right, let output): return [try dot(shape, left, right, output)]
        case .matmul(let matmul): return [try product(matmul, tiling: tiling)]
        case .gather(let shape, let table, let indices, let output):
            return [try rows(shape, shape.replicas * shape.rows * shape.width, table, indices, output)]
        case .scatterAdd(let shape, let updates, let indices, let output):
            return [try rows(shape, shape.replicas * shape.tableRows * shape.width, output, indices, updates)]
        case .assignRows(let shape, let rows, let indices, let table):
            let table = Operand(value: table.after, view: View(offset: 0, shape: [], strides: []))
            return [try self.rows(shape, shape.replicas * shape.rows * shape.width, table, indices, rows)]
        case .random(let distribution, let stream, let seeds, let step, let bounds, let substreams, let output):
            return [try random(distribution, Int(stream.rawValue), seeds, step, bounds, substreams, output)]
        case .adam(let adam): return try self.adam(adam)
        case .softUpdate(let update): return try softUpdate(update)
        }
    }

    // MARK: Flat kernels

    private mutating func elementwise(
        _ kernel: ElementwiseKernel, _ inputs: [Operand], _ output: Operand
    ) throws -> (groups: Int, record: Int) {
        let isWide = kernel.registers == .float64
        let views = output.view.collapsed(with: inputs.map(\.view))
        let sizes = views[0].shape.isEmpty ? [1] : views[0].shape
        guard sizes.count <= Self.axes else {
            throw TensorError(
                "elementwise: \(sizes.count) axes of \(sizes) cannot be merged; the OpenCL kernels take \(Self.axes)")
        }
        func padded(_ values: [Int], with filler: Int) -> [Int] {
            values + [Int](repeating: filler, count: Self.axes - values.count)
        }
        func address(_ operand: Operand, _ view: View) -> [Int] {
            let place = places[operand.value]
            let strides = view.strides.isEmpty ? [1] : view.strides
            let base = [place.buffer, place.offset + view.offset * place.element.wordCount]
            return base + (isWide ? [place.element.code] : []) + padded(strides, with: 0)
        }
        let program =
            programs[isWide ? .wideElementwise : .elementwise]?.number(of: kernel, rank: sizes.count) ?? 0
        let count = output.view.count
        var record = [count, program, sizes.count] + padded(sizes, with: 1) + address(output, views[0])
        for (input, view) in zip(inputs, views.dropFirst()) { record += address(input, view) }
        return (blocks(count), try append(record))
    }

    private mutating func rows(
        _ shape: RowsShape, _ count: Int, _ table: Operand, _ indices: Operand, _ rows: Operand
    ) throws -> (groups: Int, record: Int) {
        // Rows are copied as words, whatever their elements are.
        let words = places[table.value].element.wordCount
        let record =
            [count * words, shape.rows, shape.tableRows, shape.width * words] + address(table) + address(indices)
            + address(rows)
        return (blocks(count * words), try append(record))
    }

    private mutating func random(
        _ distribution: Distribution, _ stream: Int, _ seeds: Operand, _ step: Operand, _ bounds: Operand?,
        _ substreams: Operand?, _ output: Operand
    ) throws -> (groups: Int, record: Int) {
        let code: Int
        switch distribution {
        case .uniform: code = 0
        case .normal: code = 1
        case .integers: code = 2
        }
        let seedCount = seeds.view.count
        let lanes = seedCount == 0 ? 0 : output.view.count / seedCount
        let seedBlocks = (lanes + 3) / 4
        let count = seedCount * seedBlocks
        let record =
            [lanes, seedBlocks, count, code, stream] + address(seeds) + address(step) + (bounds.map(address) ?? [0, 0])
            + address(output) + [substreams == nil ? 0 : 1] + (substreams.map(address) ?? [0, 0])
        return (blocks(count), try append(record))
    }

    private mutating func adam(
        _ launch: AdamLaunch
    ) throws -> [(groups: Int, record: Int)] {
        let rule = launch.rule
        let numbers = [rule.beta1, rule.beta2, rule.epsilon, 1 - rule.beta1, 1 - rule.beta2].map(bits)
        return try zip(launch.parameters, launch.gradients).filter { $1.view.count > 0 }.map { parameter, gradient in
            let count = gradient.view.count
            let variables = parameter.all.map { address($0.after) } + [address(gradient)]
            let record =
                [count] + variables.flatMap { $0 } + address(launch.scale) + numbers
                + [variables.allSatisfy { $0[1] % 4 == 0 } ? 1 : 0]
            return (blocks(count), try append(record))
        }
    }

    private mutating func softUpdate(_ update: SoftUpdateLaunch) throws -> [(groups: Int, record: Int)] {
        try zip(update.targets, update.sources).filter { $1.view.count > 0 }.map { target, source in
            let count = source.view.count
            let record = [count] + address(target.after) + address(source) + [bits(update.rate)]
            return (blocks(count), try append(record))
        }
    }

    // MARK: Words

    /// Axes of an elementwise part.
    static let axes = 8

    func address(_ operand: Operand) -> [Int] {
        let place = places[operand.value]
        return [place.buffer, place.offset + operand.view.offset * place.element.wordCount]
    }

    private func address(_ value: ValueID) -> [Int] { [places[value].buffer, places[value].offset] }

    private func bits(_ value: Double) -> Int { Int(Float(value).bitPattern) }

    private func blocks(_ count: Int) -> Int { (count + tuning.groupElements - 1) / tuning.groupElements }

    /// Adds words and gives the position of the first.
    @discardableResult
    mutating func append(_ values: [Int]) throws -> Int {
        let position = words.count
        for value in values {
            guard let word = UInt32(exactly: value) else {
                throw TensorError(
                    "OpenCL kernels count elements in 32 bits; \(value) is beyond that: use a smaller replay or fewer seeds"
                )
            }
            words.append(word)
        }
        return position
    }
}

extension ElementType {
    /// The type's number in doubles.cl.
    fileprivate var code: Int {
        switch self {
        case .float32: return 0
        case .int32: return 1
        case .float64: return 2
        }
    }
}

extension Launch {
    /// The k of a product; 0 for anything else.
    fileprivate var depth: Int {
        if case .matmul(let matmul) = self { return matmul.k }
        return 0
    }
}
