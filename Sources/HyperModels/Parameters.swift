import HyperTensor

/// A parameter or a buffer of one replica of a network.
public struct ParameterSpecification: Hashable, Sendable {
    /// Dotted name below the network's own: `layers.0.weight`.
    public let name: String
    /// The shape of one replica; weights are `[in, out]`, so that y = x·W + b.
    public let shape: Shape
    public let initializer: Initializer
}

/// The position of a parameter in its network's list.
public struct ParameterID: Hashable, Sendable {
    let index: Int
}

/// The position of a buffer in its network's list.
public struct BufferID: Hashable, Sendable {
    let index: Int
}

/// Collects the parameters and buffers of a network while its layers are made.
///
/// Parameters are trained; buffers are numbers that the forward pass keeps by itself (running statistics, singular
/// vectors) and no gradient reaches.
public struct ParameterList: Sendable {
    public private(set) var specifications: [ParameterSpecification] = []
    public private(set) var bufferSpecifications: [ParameterSpecification] = []

    public init() {}

    /// Adds a parameter and returns the handle by which its layer finds the value later.
    public mutating func add(_ name: String, _ shape: Shape, _ initializer: Initializer) -> ParameterID {
        precondition(!isTaken(name), "parameter '\(name)' exists already")
        specifications.append(ParameterSpecification(name: name, shape: shape, initializer: initializer))
        return ParameterID(index: specifications.count - 1)
    }

    /// Adds a buffer.
    public mutating func addBuffer(_ name: String, _ shape: Shape, _ initializer: Initializer) -> BufferID {
        precondition(!isTaken(name), "parameter '\(name)' exists already")
        bufferSpecifications.append(ParameterSpecification(name: name, shape: shape, initializer: initializer))
        return BufferID(index: bufferSpecifications.count - 1)
    }

    private func isTaken(_ name: String) -> Bool {
        (specifications + bufferSpecifications).contains { $0.name == name }
    }

    /// Trained numbers in one replica of the network.
    public var count: Int { specifications.reduce(0) { $0 + $1.shape.count } }

    /// Names and types of the parameters with the replica axes `[seeds, members]` in front, as an arena takes them.
    public func members(seeds: Int, members: Int) -> [(name: String, type: TensorType)] {
        specifications.map { ($0.name, TensorType(.float32, [seeds, members] + $0.shape)) }
    }

    /// As `members(seeds:members:)`, for the buffers.
    public func bufferMembers(seeds: Int, members: Int) -> [(name: String, type: TensorType)] {
        bufferSpecifications.map { ($0.name, TensorType(.float32, [seeds, members] + $0.shape)) }
    }
}

/// What a forward pass is for; it matters to layers with buffers alone.
public enum ForwardMode: Hashable, Sendable {
    /// Uses the buffers as they are.
    case evaluation
    /// Uses the statistics of its own batch and moves the buffers along.
    case training
}

/// The values of a network's parameters and buffers in a program, `[seeds, members, …]` each: read from state, sliced,
/// or adapted (a meta-learner's inner step). It also is the context of a forward pass: it knows the pass's mode and
/// collects what a training pass makes of the buffers, until `storeBuffers()` writes it.
public struct Parameters {
    public let tensors: [Tensor]
    private let buffers: BufferValues

    /// The mode of forward passes with these values.
    public var mode: ForwardMode { buffers.mode }

    /// - Parameters:
    ///   - buffers: Present values of the buffers.
    public init(_ tensors: [Tensor], buffers: [Tensor] = [], mode: ForwardMode = .evaluation) {
        self.tensors = tensors
        self.buffers = BufferValues(tensors: buffers, mode: mode, variables: [])
    }

    /// Reads all variables of an arena; for networks without buffers.
    public init(reading arena: Arena, in trace: Trace) {
        self.init(arena.variables.map { trace.read($0) })
    }

    /// Reads parameters and buffers of a network.
    public init(reading arenas: NetworkArenas, mode: ForwardMode = .evaluation, in trace: Trace) {
        tensors = arenas.parameters.variables.map { trace.read($0) }
        let variables = arenas.buffers?.variables ?? []
        buffers = BufferValues(tensors: variables.map { trace.read($0) }, mode: mode, variables: variables)
    }

    public subscript(id: ParameterID) -> Tensor { tensors[id.index] }

    /// The value of a buffer, with what forward passes of this context made of it.
    subscript(id: BufferID) -> Tensor { buffers.tensors[id.index] }

    /// Gives a buffer its next value, in a training pass.
    func update(_ id: BufferID, to value: Tensor) {
        precondition(buffers.mode == .training, "Parameters: an evaluation changes no buffers")
        buffers.tensors[id.index] = value.stopGradient()
        buffers.changed.insert(id.index)
    }

    /// The buffers after the forward passes so far.
    public var bufferTensors: [Tensor] { buffers.tensors }

    /// Assigns the buffers that training passes changed to their variables.
    public func storeBuffers(in trace: Trace) {
        for index in buffers.changed.sorted() where index < buffers.variables.count {
            trace.assign(buffers.variables[index], buffers.tensors[index])
        }
    }

    /// One member of each parameter and buffer, `[seeds, 1, …]`, for evaluation; costs nothing at run time.
    public func member(_ index: Int) -> Parameters {
        precondition(mode == .evaluation, "Parameters: a training pass takes all members")
        func slice(_ tensor: Tensor) -> Tensor { tensor.slice(axis: 1, index..<index + 1) }
        return Parameters(tensors.map(slice), buffers: buffers.tensors.map(slice))
    }
}

/// Shared by the copies of a `Parameters`, because layers get copies and their changes must be seen by all.
private final class BufferValues {
    var tensors: [Tensor]
    let mode: ForwardMode
    let variables: [Variable]
    var changed: Set<Int> = []

    init(tensors: [Tensor], mode: ForwardMode, variables: [Variable]) {
        self.tensors = tensors
        self.mode = mode
        self.variables = variables
    }
}
