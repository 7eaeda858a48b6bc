import HyperCPU
import HyperFormats
import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// Values, dQ/da, parameter gradients and buffers of all critics and variants against PyTorch's.
@Suite struct CriticReferenceTests {
    @Test(arguments: CriticReference.small) func equalsPyTorchInDouble(_ reference: CriticReference) throws {
        let numbers = try CriticNumbers(reference, backend: ReferenceBackend())
        try numbers.compare { name, error in #expect(error < 1e-11, "\(name): relative error \(error)") }
    }

    @Test(arguments: CriticReference.small) func followsPyTorchOnTheCPU(_ reference: CriticReference) throws {
        let numbers = try CriticNumbers(reference, backend: CPUBackend(threads: 2))
        // Each of up to 15 batch normalisations in a row divides by the spread of 7 samples (measured: 1.8e-4).
        let limit = reference.architecture.primary.normalization == .batch ? 1e-3 : 1e-4
        try numbers.compare { name, error in #expect(error < limit, "\(name): relative error \(error)") }
    }

    /// The paper's sizes; of each gradient the norm and the part along a direction.
    @Test(arguments: CriticReference.fullSize) func followsPyTorchAtFullSize(_ reference: CriticReference) throws {
        let numbers = try CriticNumbers(reference, backend: CPUBackend(threads: 2))
        try numbers.compare { name, error in #expect(error < 1e-4, "\(name): relative error \(error)") }
    }

    /// No case of the fixture is forgotten here, and none is missing there.
    @Test func everyStoredCaseIsCompared() throws {
        let stored = try CriticReference.file().names.filter { $0.hasSuffix(".dq_da") }.map { $0.dropLast(6) }
        let compared = (CriticReference.small + CriticReference.fullSize).map(\.name)
        #expect(Set(stored.map(String.init)) == Set(compared))
    }
}

/// Runs a critic at the fixture's weights and inputs, in evaluation and in training.
struct CriticNumbers {
    private let reference: CriticReference
    private let file: SafetensorsFile
    private let store: any StateStore
    private let arenas: NetworkArenas
    private let program: any CompiledProgram

    init(_ reference: CriticReference, backend: any Backend) throws {
        self.reference = reference
        file = try CriticReference.file()
        let critic = reference.critic
        var layout = StateLayout()
        let arenas = try NetworkArenas("critic", critic.parameters, seeds: 1, members: 2, in: &layout)
        self.arenas = arenas
        store = try backend.makeState(layout)
        let traced = try Program.trace("critic") { trace in
            func input(_ name: String, _ members: Int, _ size: Int) -> Tensor {
                trace.input(name, TensorType(.float32, [1, members, reference.batch, size]))
            }
            func twice(_ tensor: Tensor) -> Tensor { tensor.broadcast(to: tensor.shape.replacing(1, with: 2)) }
            let states = twice(input("state", 1, reference.stateSize))
            let actions = twice(input("action", 1, reference.actionSize))
            let upstream = input("upstream", 2, 1)
            let values = critic(states: states, actions: actions, Parameters(reading: arenas, in: trace))
            trace.output("q", values)
            trace.output("dq_da", trace.gradients(of: values, withRespectTo: [actions])[0])
            let parameters = Parameters(reading: arenas, mode: .training, in: trace)
            let trained = critic(states: states, actions: actions, parameters)
            trace.output("training.q", trained)
            let gradients = trace.gradients(
                of: trained, withRespectTo: parameters.tensors, upstream: upstream)
            for (variable, gradient) in zip(arenas.parameters.variables, gradients) {
                trace.output("gradient.\(Self.name(variable, arenas.parameters))", gradient)
            }
            parameters.storeBuffers(in: trace)
        }
        program = try backend.compile(traced, state: store)
        for arena in arenas.all {
            for variable in arena.variables {
                let shape = Shape(Array(variable.shape.dimensions.dropFirst()))
                try store.write(doubles: HashedNumbers.start(Self.name(variable, arena), shape), to: variable)
            }
        }
    }

    private static func name(_ variable: Variable, _ arena: Arena) -> String {
        String(variable.name.dropFirst(arena.name.count + 1))
    }

    /// Calls `check` with the name and relative error of every tensor that the fixture holds of the case.
    func compare(_ check: (String, Double) throws -> Void) throws {
        let (batch, states, actions) = (reference.batch, reference.stateSize, reference.actionSize)
        let inputs = [
            HashedNumbers.filled("state", batch * states), HashedNumbers.filled("action", batch * actions),
            HashedNumbers.filled("upstream", 2 * batch),
        ]
        var found: [String: [Double]] = [:]
        for (output, values) in zip(program.program.outputs, try program.run(inputs)) {
            found[output.name] = output.name.hasPrefix("gradient.") ? summary(output.name, values) : values
        }
        for variable in arenas.buffers?.variables ?? [] {
            found["buffer.\(Self.name(variable, arenas.buffers ?? arenas.parameters))"] = try store.doubles(variable)
        }
        let prefix = reference.name + "."
        let stored = file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        #expect(Set(stored) == Set(found.keys))
        for name in stored {
            let expected = try file.doubles(named: prefix + name)
            try check(name, relativeError(try #require(found[name]), expected))
        }
    }

    /// Norm and product with a direction, at full size.
    private func summary(_ name: String, _ gradient: [Double]) -> [Double] {
        guard reference.isFullSize else { return gradient }
        let direction = HashedNumbers.filled("direction." + name.dropFirst("gradient.".count), gradient.count)
        return [
            gradient.reduce(0) { $0 + $1 * $1 }.squareRoot(), zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 },
        ]
    }

}
