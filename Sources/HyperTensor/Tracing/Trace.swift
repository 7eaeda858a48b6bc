import HyperRandom

/// Records ops into a program.
///
/// Operators cannot throw, so the trace keeps the first mistake with its source position and `Program.trace` throws it.
public final class Trace {
    private(set) var nodes: [Node] = []
    private var inputs: [ProgramValue] = []
    private var outputs: [ProgramValue] = []
    private var firstError: TensorError?
    private var phases: [Phase] = []
    /// The piece of work that is being traced; each has a number of its own.
    private(set) var piece = 0
    private var lastPiece = 0
    private var lastLocation = SourceLocation(file: "?", line: 0)

    init() {}

    // MARK: Leaves

    /// A small value given for each run.
    public func input(
        _ name: String, _ type: TensorType, file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        let at = SourceLocation(file: file, line: line)
        if inputs.contains(where: { $0.name == name }) { fail("input: '\(name)' exists already", at: at) }
        let id = append(.input(name: name), [], type, at)
        inputs.append(ProgramValue(name: name, node: id, type: type))
        return Tensor(trace: self, id: id)
    }

    /// The same float32 everywhere.
    public func constant(_ value: Double, _ shape: Shape = [], file: String = #fileID, line: UInt = #line) -> Tensor {
        record(.constant(.fill(value)), [], shape, SourceLocation(file: file, line: line))
    }

    /// The same number everywhere; for int32 it must be one.
    public func constant(
        _ value: Double, _ type: TensorType, file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        constant(.fill(value), [value], type, at: SourceLocation(file: file, line: line))
    }

    /// Numbers known at trace time, row-major; for int32 they must be such.
    public func constant(
        _ values: [Double], _ type: TensorType, file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        let at = SourceLocation(file: file, line: line)
        guard values.count == type.count else {
            return fail("constant: \(values.count) values for \(type)", at: at, placeholder: type)
        }
        return constant(.values(values), values, type, at: at)
    }

    private func constant(
        _ constant: Constant, _ values: [Double], _ type: TensorType, at location: SourceLocation
    ) -> Tensor {
        if type.element == .int32, let wrong = values.first(where: { Int32(exactly: $0) == nil }) {
            return fail("constant: \(wrong) is no int32", at: location, placeholder: type)
        }
        return Tensor(trace: self, id: append(.constant(constant), [], type, location))
    }

    // MARK: State

    /// The value of a variable at this point of the program.
    public func read(_ variable: Variable, file: String = #fileID, line: UInt = #line) -> Tensor {
        record(.read(variable), [], nil, SourceLocation(file: file, line: line))
    }

    /// The variable takes the value, after every read traced before.
    public func assign(_ variable: Variable, _ value: Tensor, file: String = #fileID, line: UInt = #line) {
        _ = record(.assign(variable), [value], nil, SourceLocation(file: file, line: line))
    }

    /// Overwrites rows of a variable `[R…, N, D]`.
    ///
    /// - Parameters:
    ///   - rows: `[R…, K, D]`.
    ///   - indices: i32 `[R…, K]`; an index outside `0..<N` writes nothing.
    public func assignRows(
        _ variable: Variable, _ rows: Tensor, at indices: Tensor, file: String = #fileID, line: UInt = #line
    ) {
        _ = record(.assignRows(variable), [rows, indices], nil, SourceLocation(file: file, line: line))
    }

    /// One step of Adam; see `AdamUpdate` for the equations.
    ///
    /// - Parameters:
    ///   - gradients: One for each variable of `parameters`, in its order.
    ///   - scale: `[2]`: learning rate over first bias correction; reciprocal root of the second.
    public func adam(
        _ parameters: Arena, firstMoments: Arena, secondMoments: Arena, gradients: [Tensor], scale: Tensor,
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        file: String = #fileID, line: UInt = #line
    ) {
        let update = AdamUpdate(
            parameters: parameters.variables, firstMoments: firstMoments.variables,
            secondMoments: secondMoments.variables, beta1: beta1, beta2: beta2, epsilon: epsilon)
        _ = record(.adam(update), gradients + [scale], nil, SourceLocation(file: file, line: line))
    }

    /// `target ← target + rate · (source − target)` over arenas of the same layout.
    public func softUpdate(
        _ target: Arena, from source: Arena, rate: Double, file: String = #fileID, line: UInt = #line
    ) {
        let at = SourceLocation(file: file, line: line)
        guard target.variables.count == source.variables.count else {
            fail("softUpdate: arenas '\(target.name)' and '\(source.name)' differ in layout", at: at)
            return
        }
        let update = SoftUpdate(targets: target.variables, sources: source.variables, rate: rate)
        _ = record(.softUpdate(update), [], nil, at)
    }

    // MARK: Random numbers

    /// Random numbers of a stream at a step; element `i` of a key's part is lane `i`.
    ///
    /// A key is a seed and a substream, so what is drawn for a task of a seed depends on neither how many tasks nor how many seeds are
    /// drawn together. `RandomStream.number(task:repetition:)` is how a task and a repetition make a substream.
    ///
    /// - Parameters:
    ///   - seeds: i32 `[R…]`, the seeds' bit patterns: `[S]`, or `[S, T]` with a substream for each task.
    ///   - step: i32 `[1]`.
    ///   - shape: `[R…, …]`.
    ///   - bounds: i32 `[R…]`, for `.integers` only.
    ///   - substreams: i32 `[R…]`; nil draws substream 0 of every seed.
    public func random(
        _ distribution: Distribution, _ stream: Stream, seeds: Tensor, step: Tensor, shape: Shape,
        bounds: Tensor? = nil, substreams: Tensor? = nil, file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        let operands = [seeds, step] + [bounds, substreams].compactMap { $0 }
        return record(
            .random(distribution, stream: stream), operands, shape, SourceLocation(file: file, line: line))
    }

    // MARK: Structure

    /// Tags all ops that `body` traces.
    public func phase<Result>(_ phase: Phase, _ body: () throws -> Result) rethrows -> Result {
        phases.append(phase)
        defer { phases.removeLast() }
        return try body()
    }

    /// Traces `body` as a piece of work of its own; pieces within pieces are pieces too.
    func inPiece<Result>(_ body: () throws -> Result) rethrows -> Result {
        let outer = piece
        lastPiece += 1
        piece = lastPiece
        defer { piece = outer }
        return try body()
    }

    /// Declares a value that the program gives.
    public func output(_ name: String, _ tensor: Tensor, file: String = #fileID, line: UInt = #line) {
        if outputs.contains(where: { $0.name == name }) {
            fail("output: '\(name)' exists already", at: SourceLocation(file: file, line: line))
        }
        outputs.append(ProgramValue(name: name, node: tensor.id, type: nodes[tensor.id].type))
    }

    // MARK: Recording

    /// Checks and appends a node; on a mistake keeps the first error and returns a stand-in.
    package func record(_ op: Op, _ operands: [Tensor], _ shape: Shape?, _ location: SourceLocation? = nil) -> Tensor {
        let at = location ?? operandLocation(operands)
        if operands.contains(where: { $0.trace !== self }) {
            return fail("\(op.kind): an operand belongs to another program", at: at)
        }
        do {
            let type = try ShapeRules.resultType(of: op, operands: operands.map(\.type), requested: shape)
            return Tensor(trace: self, id: append(op, operands.map(\.id), type, at))
        } catch {
            return fail("\(error)", at: at, placeholder: TensorType(.float32, shape ?? operands.first?.shape ?? []))
        }
    }

    private func append(_ op: Op, _ operands: [NodeID], _ type: TensorType, _ location: SourceLocation) -> NodeID {
        lastLocation = location
        let phase = phases.isEmpty ? [] : [Phase(phases.map(\.name).joined(separator: "/"))]
        nodes.append(
            Node(op: op, operands: operands, type: type, phases: phase, location: location, piece: piece))
        return nodes.count - 1
    }

    /// Operators know no position of their own; their operands' is the nearest.
    private func operandLocation(_ operands: [Tensor]) -> SourceLocation {
        operands.last.map { nodes[$0.id].location } ?? lastLocation
    }

    /// Keeps the first mistake, for `Program.trace` to throw; gives a stand-in for the value.
    @discardableResult
    func fail(_ message: String, at location: SourceLocation, placeholder: TensorType? = nil) -> Tensor {
        if firstError == nil { firstError = TensorError("\(message), traced at \(location)") }
        let type = placeholder ?? TensorType(.float32, [])
        return Tensor(trace: self, id: append(.constant(.fill(0)), [], type, location))
    }

    func makeProgram(_ name: String) throws -> Program {
        if let firstError { throw TensorError("program '\(name)': \(firstError.message)") }
        return Program(name: name, nodes: nodes, inputs: inputs, outputs: outputs)
    }
}

extension Program {
    /// Traces `body` into a program.
    ///
    /// - Throws: The first mistake of the trace, with the source position, or what `body` throws.
    public static func trace(_ name: String, _ body: (Trace) throws -> Void) throws -> Program {
        let trace = Trace()
        try body(trace)
        return try trace.makeProgram(name)
    }
}
