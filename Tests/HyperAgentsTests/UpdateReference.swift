import Foundation
import HyperFormats
import HyperModels
import HyperTensor
import HyperTestSupport
import Testing

@testable import HyperAgents

/// Numbers of six updates in double precision, made with PyTorch by tools/make-td3-reference or tools/make-sac-reference.
struct UpdateReference: CustomTestStringConvertible {
    let name: String
    let file: SafetensorsFile
    static let stateSize = 5
    static let actionSize = 3
    static let batchSize = 7
    static let updates = 6

    var testDescription: String { name }

    /// - Parameter name: Of the fixture, which tells algorithm, critic and variant: `sac-hyper-auto`.
    init(_ name: String) throws {
        self.name = name
        guard let path = Bundle.module.path(forResource: "Fixtures/\(name)", ofType: "safetensors") else {
            throw TensorError("fixture \(name).safetensors is missing")
        }
        file = try SafetensorsFile(contentsOf: path)
    }

    var isHyper: Bool { name.contains("hyper") }

    /// Networks with buffers: running statistics, singular vectors.
    var normalization: Normalization {
        Normalization.allCases.first { name.hasSuffix("-\($0.rawValue)") } ?? .none
    }

    var critic: any Critic {
        guard isHyper else {
            return MLPCritic(stateSize: Self.stateSize, actionSize: Self.actionSize, hiddenSizes: [9, 7])
        }
        var architecture = HyperNetwork.Architecture()
        architecture.primary.normalization = normalization
        architecture.primary.widths = normalization == .none ? [8, 12, 16] : [4, 6, 8]
        architecture.hiddenSize = normalization == .none ? 10 : 5
        return SAHyperCritic(
            stateSize: Self.stateSize, actionSize: Self.actionSize, architecture: architecture)
    }

    /// The settings of the fixtures that every algorithm has.
    private func configuration<Configuration: ActorCriticConfiguration>() -> Configuration {
        var configuration = Configuration(critic: isHyper ? .saHyper : .mlpStandard, environment: "Hopper-v2")
        configuration.actorHiddenSizes = [9, 7]
        configuration.batchSize = Self.batchSize
        return configuration
    }

    func td3Configuration() -> TD3Configuration {
        var configuration: TD3Configuration = configuration()
        configuration.actorLearningRate = 3e-3
        configuration.criticLearningRate = 1e-2
        return configuration
    }

    func sacConfiguration() -> SACConfiguration {
        var configuration: SACConfiguration = configuration()
        configuration.actorLearningRate = 3e-3
        configuration.criticLearningRate = 1e-2
        configuration.entropyLearningRate = 3e-2
        configuration.entropy = name.hasSuffix("auto") ? .automatic : .fixed(0.7)
        return configuration
    }

    func numbers(_ name: String) throws -> [Double] { try file.doubles(named: name) }
    func holds(_ name: String) -> Bool { file.tensors[name] != nil }
}

/// Compares the engine's numbers with a reference's, by name.
typealias NumberCheck = (_ name: String, _ ours: [Double], _ theirs: [Double]) throws -> Void

/// State and programs that begin from a reference's numbers, on any backend.
struct ReferenceState {
    let reference: UpdateReference
    let store: any StateStore

    /// Sets every variable of the arenas from the reference.
    init(_ reference: UpdateReference, _ store: any StateStore, _ arenas: [NetworkArenas]) throws {
        self.reference = reference
        self.store = store
        for variable in arenas.flatMap(\.all).flatMap(\.variables) {
            try store.write(doubles: reference.numbers(variable.name), to: variable)
        }
    }

    func values(_ variable: Variable) throws -> [Double] { try store.doubles(variable) }

    /// An input `[1, 1, batch, size]` of a program.
    static func input(_ trace: Trace, _ name: String, _ size: Int) -> Tensor {
        trace.input(name, TensorType(.float32, [1, 1, UpdateReference.batchSize, size]))
    }

    /// The inputs of a batch, in the order of `batch(_:)`.
    static func transitions(_ trace: Trace) -> TransitionBatch {
        let (state, action) = (UpdateReference.stateSize, UpdateReference.actionSize)
        return TransitionBatch(
            states: input(trace, "state", state), actions: input(trace, "action", action),
            rewards: input(trace, "reward", 1), nextStates: input(trace, "next_state", state),
            continuations: input(trace, "continuation", 1))
    }

    /// The numbers of an update's batch.
    func batch(_ prefix: String) throws -> [[Double]] {
        try ["state", "action", "reward", "next_state"].map { try reference.numbers("\(prefix).batch.\($0)") }
            + [reference.numbers("\(prefix).batch.terminated").map { 1 - $0 }]
    }

    /// Compares a program's first outputs with the fixture's numbers of these names.
    func compare(_ names: [String], _ outputs: [[Double]], _ prefix: String, _ check: NumberCheck) throws {
        for (name, output) in zip(names, outputs) {
            try check("\(prefix).\(name)", output, reference.numbers("\(prefix).\(name)"))
        }
    }

    /// Compares gradients, parameters and moments of a network, as far as the fixture holds them at this update.
    func compare(
        _ optimizer: AdamOptimizer, gradients: [[Double]], _ prefix: String, _ check: NumberCheck
    ) throws {
        for (variable, gradient) in zip(optimizer.parameters.variables, gradients) {
            try compare(gradient, variable, of: optimizer.parameters, "\(prefix).gradient", check)
        }
        try compare(optimizer.parameters, "\(prefix).parameter", check)
        try compare(optimizer.firstMoments, "\(prefix).first_moment", check)
        try compare(optimizer.secondMoments, "\(prefix).second_moment", check)
    }

    /// Compares the variables of an arena that the fixture holds under the prefix.
    func compare(_ arena: Arena, _ prefix: String, _ check: NumberCheck) throws {
        for variable in arena.variables { try compare(values(variable), variable, of: arena, prefix, check) }
    }

    private func compare(
        _ ours: [Double], _ variable: Variable, of arena: Arena, _ prefix: String, _ check: NumberCheck
    ) throws {
        let name = prefix + variable.name.dropFirst(arena.name.count)
        if reference.holds(name) { try check(name, ours, reference.numbers(name)) }
    }
}

extension Trace {
    /// Outputs by name, then the gradients of an arena's variables.
    func outputs(_ named: KeyValuePairs<String, Tensor>, gradients: [Tensor], of arena: Arena) {
        for (name, tensor) in named { output(name, tensor) }
        for (variable, gradient) in zip(arena.variables, gradients) { output(variable.name, gradient) }
    }
}

/// Largest difference over the largest magnitude of the expected numbers.
func relativeError(_ ours: [Double], _ theirs: [Double]) -> Double {
    guard ours.count == theirs.count else { return .infinity }
    let scale = theirs.map(abs).max() ?? 0
    let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
    return scale == 0 ? difference : difference / scale
}

extension AdamOptimizer {
    /// The host's part of update `step`, as a program's input.
    func scaleInput(step: Int) -> [Double] {
        let scale = scale(step: step)
        return [scale.rate, scale.secondCorrection]
    }
}
