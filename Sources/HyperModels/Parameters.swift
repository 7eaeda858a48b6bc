import HyperTensor

/// A parameter of one replica of a network.
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

/// Collects the parameters of a network while its layers are made.
public struct ParameterList: Sendable {
    public private(set) var specifications: [ParameterSpecification] = []

    public init() {}

    /// Adds a parameter and returns the handle by which its layer finds the value later.
    public mutating func add(_ name: String, _ shape: Shape, _ initializer: Initializer) -> ParameterID {
        precondition(!specifications.contains { $0.name == name }, "parameter '\(name)' exists already")
        specifications.append(ParameterSpecification(name: name, shape: shape, initializer: initializer))
        return ParameterID(index: specifications.count - 1)
    }

    /// Numbers in one replica of the network.
    public var count: Int { specifications.reduce(0) { $0 + $1.shape.count } }

    /// Names and types with the replica axes `[seeds, members]` in front, as an arena takes them.
    public func members(seeds: Int, members: Int) -> [(name: String, type: TensorType)] {
        specifications.map { ($0.name, TensorType(.float32, [seeds, members] + $0.shape)) }
    }
}

/// The values of a network's parameters in a program, `[seeds, members, …]` each: read from state, sliced, or
/// adapted (a meta-learner's inner step).
public struct Parameters {
    public let tensors: [Tensor]

    public init(_ tensors: [Tensor]) { self.tensors = tensors }

    /// Reads all variables of an arena.
    public init(reading arena: Arena, in trace: Trace) {
        tensors = arena.variables.map { trace.read($0) }
    }

    public subscript(id: ParameterID) -> Tensor { tensors[id.index] }

    /// One member of each parameter, `[seeds, 1, …]`; costs nothing at run time.
    public func member(_ index: Int) -> Parameters {
        Parameters(tensors.map { $0.slice(axis: 1, index..<index + 1) })
    }
}
