import HyperModels
import HyperTensor

/// Actions without exploration.
public protocol Policy: AnyObject {
    /// - Parameters:
    ///   - observations: `[seeds, batch, stateSize]`.
    ///   - actions: Room for `[seeds, batch, actionSize]`.
    func act(_ observations: UnsafeBufferPointer<Float>, into actions: UnsafeMutableBufferPointer<Float>) throws
}

/// A policy that is one compiled program from input 0 to output 0.
final class ProgramPolicy: Policy {
    private let program: any CompiledProgram

    /// - Parameters:
    ///   - seeds: How many there are.
    ///   - batch: Observations of each seed.
    ///   - actions: Traces the actions for observations `[seeds, 1, batch, stateSize]`.
    init(
        _ name: String, seeds: Int, batch: Int, stateSize: Int, backend: any Backend, state: any StateStore,
        _ actions: (_ observations: Tensor, Trace) -> Tensor
    ) throws {
        let program = try Program.trace(name) { trace in
            let observations = trace.input("observations", TensorType(.float32, [seeds, 1, batch, stateSize]))
            trace.output("actions", actions(observations, trace))
        }
        self.program = try backend.compile(program, state: state)
    }

    func act(_ observations: UnsafeBufferPointer<Float>, into actions: UnsafeMutableBufferPointer<Float>) throws {
        try program.setInput(0, UnsafeRawBufferPointer(observations))
        try program.run()
        try program.readOutput(0, into: UnsafeMutableRawBufferPointer(actions))
    }
}

/// The policy of an agent without its learner, to be loaded from weights: no critics, targets, moments, replay or updates.
public final class StandalonePolicy {
    /// Its parameters, to be set before it acts; the names are those of a whole agent.
    public let arenas: [Arena]
    public let state: any StateStore

    private let name: String
    private let seeds: Int
    private let stateSize: Int
    private let backend: any Backend
    private let actions: (_ observations: Tensor, Parameters) -> Tensor
    private let network: NetworkArenas

    /// The arena of a policy's parameters, in every agent.
    static let arenaName = "actor"

    /// - Parameters:
    ///   - name: Of the program.
    ///   - seeds: How many there are.
    ///   - actions: Traces actions without exploration, `[seeds, 1, batch, actionSize]`, for observations of the same form.
    init(
        _ name: String, _ parameters: ParameterList, seeds: Int, stateSize: Int, backend: any Backend,
        _ actions: @escaping (_ observations: Tensor, Parameters) -> Tensor
    ) throws {
        var layout = StateLayout()
        network = try NetworkArenas(Self.arenaName, parameters, seeds: seeds, members: 1, in: &layout)
        arenas = network.all
        state = try backend.makeState(layout)
        self.name = name
        self.seeds = seeds
        self.stateSize = stateSize
        self.backend = backend
        self.actions = actions
    }

    /// The policy for `batch` observations of each seed.
    public func makePolicy(batch: Int) throws -> any Policy {
        try ProgramPolicy(name, seeds: seeds, batch: batch, stateSize: stateSize, backend: backend, state: state) {
            actions($0, Parameters(reading: network, in: $1))
        }
    }
}

/// A policy that acts on a condition, given for many acts at once: a goal, a latent task, adapted weights.
public protocol ConditionedPolicy: Policy {
    /// Gives the conditions of the acts to come.
    ///
    /// - Parameter conditions: `[seeds, batch, conditionSize]`.
    func prepare(_ conditions: [Float]) throws
}
