import HyperRandom
import HyperTensor

/// An update function on a backend: give it state, batch and noise, run it once, and read what it made of them.
///
/// Numbers come and go as doubles; a backend that computes in float32 rounds them.
public final class UpdateRun {
    public let function: any UpdateFunction
    /// Updates done after the run, by name.
    public let counts: [String: Int]

    private let sizes: [String: Int]
    private let state: any StateStore
    private let program: any CompiledProgram

    /// State is zero until it is set.
    ///
    /// - Parameters:
    ///   - sizes: Of the inputs' named axes.
    ///   - counts: Updates done before, by name; 0 for those that are left out.
    public init(
        _ function: any UpdateFunction, sizes: [String: Int], after counts: [String: Int], backend: any Backend
    ) throws {
        self.function = function
        self.sizes = sizes
        let traced = try function.trace(sizes: sizes, after: counts)
        self.counts = traced.counts
        state = try backend.makeState(function.layout)
        program = try backend.compile(traced.program, state: state)
        for (name, values) in traced.hostInputs { try set(inputNamed: name, to: values) }
    }

    /// Sets a variable, `[members, …]`.
    public func set(_ variable: Variable, to values: [Double]) throws { try state.write(doubles: values, to: variable) }

    /// Sets an arena that is not given to what it begins with.
    public func begin(_ arena: Arena) throws {
        switch function.beginning(of: arena) {
        case .required: throw TensorError("update: arena '\(arena.name)' is not given and begins with nothing")
        case .zero:
            for variable in arena.variables {
                try set(variable, to: [Double](repeating: 0, count: variable.type.count))
            }
        case .copy(let source):
            for (variable, original) in zip(arena.variables, source.variables) {
                try set(variable, to: state.doubles(original))
            }
        }
    }

    /// Gives a tensor of the batch or the noise.
    public func set(_ input: UpdateInput, to values: [Double]) throws { try set(inputNamed: input.name, to: values) }

    private func set(inputNamed name: String, to values: [Double]) throws {
        guard let index = program.program.inputIndex(name) else {
            throw TensorError("update '\(program.program.name)' has no input '\(name)'")
        }
        try program.setInput(index, doubles: values)
    }

    /// The noise that training draws for a seed at an environment step, row-major; nothing for a tensor of the batch.
    public func drawn(_ input: UpdateInput, seed: UInt32, step: Int) throws -> [Double]? {
        guard let stream = input.stream.map({ RandomStream(seed: seed, stream: $0) }) else { return nil }
        return try (0..<input.shape(sizes).count).map {
            Double(stream.normal(step: UInt64(step), lane: UInt32($0)))
        }
    }

    public func run() throws { try program.run() }

    /// A variable as the update left it, `[members, …]`.
    public func values(of variable: Variable) throws -> [Double] { try state.doubles(variable) }

    /// What the program puts out, in its order.
    public func outputs() throws -> [(name: String, shape: [Int], values: [Double])] {
        try program.program.outputs.enumerated().map { index, output in
            (output.name, output.type.shape.dimensions, try program.doubles(ofOutput: index))
        }
    }
}
