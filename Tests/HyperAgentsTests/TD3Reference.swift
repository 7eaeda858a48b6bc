import Foundation
import HyperFormats
import HyperModels
import HyperReference
import HyperTensor
import Testing

@testable import HyperAgents

/// Numbers of six TD3 updates in double precision, made by tools/make-td3-reference with PyTorch.
struct TD3Reference: CustomTestStringConvertible {
    let name: String
    let critic: any Critic
    let configuration: TD3Configuration
    let file: SafetensorsFile
    static let stateSize = 5
    static let actionSize = 3
    static let batchSize = 7
    static let updates = 6

    var testDescription: String { name }

    static func mlp() throws -> TD3Reference {
        var configuration = TD3Configuration(critic: .mlpStandard, environment: "Hopper-v2")
        configuration.actorHiddenSizes = [9, 7]
        return try TD3Reference(
            "td3-mlp", MLPCritic(stateSize: stateSize, actionSize: actionSize, hiddenSizes: [9, 7]), configuration)
    }

    static func hyper() throws -> TD3Reference {
        var configuration = TD3Configuration(critic: .saHyper, environment: "Hopper-v2")
        configuration.actorHiddenSizes = [9, 7]
        configuration.architecture.primary.widths = [8, 12, 16]
        configuration.architecture.hiddenSize = 10
        let critic = SAHyperCritic(
            stateSize: stateSize, actionSize: actionSize, architecture: configuration.architecture)
        return try TD3Reference("td3-hyper", critic, configuration)
    }

    /// Networks with buffers: running statistics, singular vectors.
    static func normalized(_ normalization: Normalization) throws -> TD3Reference {
        var configuration = TD3Configuration(critic: .saHyper, environment: "Hopper-v2")
        configuration.actorHiddenSizes = [9, 7]
        configuration.architecture.primary.widths = [4, 6, 8]
        configuration.architecture.primary.normalization = normalization
        configuration.architecture.hiddenSize = 5
        let critic = SAHyperCritic(
            stateSize: stateSize, actionSize: actionSize, architecture: configuration.architecture)
        return try TD3Reference("td3-\(normalization.rawValue)", critic, configuration)
    }

    private init(_ name: String, _ critic: any Critic, _ configuration: TD3Configuration) throws {
        self.name = name
        self.critic = critic
        var configuration = configuration
        configuration.batchSize = Self.batchSize
        configuration.actorLearningRate = 3e-3
        configuration.criticLearningRate = 1e-2
        self.configuration = configuration
        guard let path = Bundle.module.path(forResource: "Fixtures/\(name)", ofType: "safetensors") else {
            throw TensorError("fixture \(name).safetensors is missing")
        }
        file = try SafetensorsFile(contentsOf: path)
    }

    func numbers(_ name: String) throws -> [Double] { try file.doubles(named: name) }
    func holds(_ name: String) -> Bool { file.tensors[name] != nil }
}

/// The two programs of an update with batch and noise as inputs, on any backend.
final class TD3Stepper {
    let reference: TD3Reference
    let networks: TD3Networks
    let store: any StateStore
    private let criticProgram: any CompiledProgram
    private let policyProgram: any CompiledProgram

    init(_ reference: TD3Reference, backend: any Backend) throws {
        self.reference = reference
        var layout = StateLayout()
        let networks = try TD3Networks(
            reference.configuration, stateSize: TD3Reference.stateSize, actionSize: TD3Reference.actionSize,
            actionLimit: 1, seeds: 1, critic: reference.critic, in: &layout)
        self.networks = networks
        store = try backend.makeState(layout)
        let configuration = reference.configuration
        let (batch, state, action) = (TD3Reference.batchSize, TD3Reference.stateSize, TD3Reference.actionSize)
        func input(_ trace: Trace, _ name: String, _ size: Int) -> Tensor {
            trace.input(name, TensorType(.float32, [1, 1, batch, size]))
        }
        criticProgram = try backend.compile(
            Program.trace("critic") { trace in
                let transitions = TransitionBatch(
                    states: input(trace, "state", state), actions: input(trace, "action", action),
                    rewards: input(trace, "reward", 1), nextStates: input(trace, "next_state", state),
                    continuations: input(trace, "continuation", 1))
                let result = TD3Update.traceCriticUpdate(
                    networks, configuration, batch: transitions, noise: input(trace, "noise", action),
                    scale: trace.input("scale", TensorType(.float32, [2])), in: trace)
                trace.output("loss", result.loss)
                trace.output("values", result.values)
                trace.output("targets", result.targets)
                for (variable, gradient) in zip(networks.criticParameters.variables, result.gradients) {
                    trace.output(variable.name, gradient)
                }
            }, state: store)
        policyProgram = try backend.compile(
            Program.trace("policy") { trace in
                let result = TD3Update.tracePolicyUpdate(
                    networks, configuration, states: input(trace, "state", state),
                    scale: trace.input("scale", TensorType(.float32, [2])), in: trace)
                trace.output("loss", result.loss)
                for (variable, gradient) in zip(networks.actorParameters.variables, result.gradients) {
                    trace.output(variable.name, gradient)
                }
            }, state: store)
        for arenas in [
            networks.criticArenas, networks.actorArenas, networks.criticTargetArenas, networks.actorTargetArenas,
        ] {
            for variable in arenas.all.flatMap(\.variables) { try set(variable, reference.numbers(variable.name)) }
        }
    }

    /// Runs update `index` (from 1) and calls `check` with the engine's numbers and the fixture's, by name.
    func update(_ index: Int, _ check: (String, [Double], [Double]) throws -> Void) throws {
        let prefix = "update.\(index)"
        var inputs: [[Double]] = []
        for name in ["state", "action", "reward", "next_state"] {
            inputs.append(try reference.numbers("\(prefix).batch.\(name)"))
        }
        inputs.append(try reference.numbers("\(prefix).batch.terminated").map { 1 - $0 })
        inputs.append(try reference.numbers("\(prefix).noise"))
        let scale = networks.criticOptimizer.scale(step: index)
        let outputs = try run(criticProgram, inputs + [[scale.rate, scale.secondCorrection]])
        try check("\(prefix).critic.loss", outputs[0], reference.numbers("\(prefix).critic.loss"))
        try check("\(prefix).values", outputs[1], reference.numbers("\(prefix).values"))
        try check("\(prefix).targets", outputs[2], reference.numbers("\(prefix).targets"))
        try compareGradients(networks.criticParameters, Array(outputs.dropFirst(3)), prefix, "critic", check)
        try compare(networks.criticParameters, "\(prefix).critic.parameter", check)
        if let buffers = networks.criticArenas.buffers { try compare(buffers, "\(prefix).critic.buffer", check) }
        try compare(networks.criticOptimizer.firstMoments, "\(prefix).critic.first_moment", check)
        try compare(networks.criticOptimizer.secondMoments, "\(prefix).critic.second_moment", check)
        guard index % reference.configuration.policyDelay == 0 else { return }
        let actorScale = networks.actorOptimizer.scale(step: index / reference.configuration.policyDelay)
        let policy = try run(policyProgram, [inputs[0], [actorScale.rate, actorScale.secondCorrection]])
        try check("\(prefix).actor.loss", policy[0], reference.numbers("\(prefix).actor.loss"))
        try compareGradients(networks.actorParameters, Array(policy.dropFirst()), prefix, "actor", check)
        try compare(networks.actorParameters, "\(prefix).actor.parameter", check)
        try compare(networks.actorOptimizer.firstMoments, "\(prefix).actor.first_moment", check)
        try compare(networks.actorOptimizer.secondMoments, "\(prefix).actor.second_moment", check)
        try compare(networks.criticTarget, "\(prefix).critic_target.parameter", check)
        try compare(networks.actorTarget, "\(prefix).actor_target.parameter", check)
    }

    private func compareGradients(
        _ arena: Arena, _ gradients: [[Double]], _ prefix: String, _ network: String,
        _ check: (String, [Double], [Double]) throws -> Void
    ) throws {
        for (variable, gradient) in zip(arena.variables, gradients) {
            let name = "\(prefix).\(network).gradient" + variable.name.dropFirst(arena.name.count)
            guard reference.holds(name) else { continue }
            try check(name, gradient, reference.numbers(name))
        }
    }

    /// Compares the variables of an arena that the fixture holds at this update.
    private func compare(
        _ arena: Arena, _ prefix: String, _ check: (String, [Double], [Double]) throws -> Void
    ) throws {
        for variable in arena.variables {
            let name = prefix + variable.name.dropFirst(arena.name.count)
            guard reference.holds(name) else { continue }
            try check(name, get(variable), reference.numbers(name))
        }
    }

    private func set(_ variable: Variable, _ values: [Double]) throws {
        if let double = store as? ReferenceStore {
            try double.state.set(variable, to: values)
        } else {
            try store.write(values.map { Float($0) }, to: variable)
        }
    }

    private func get(_ variable: Variable) throws -> [Double] {
        if let double = store as? ReferenceStore { return try double.state.values(of: variable) }
        return try store.floats(variable).map { Double($0) }
    }

    private func run(_ program: any CompiledProgram, _ inputs: [[Double]]) throws -> [[Double]] {
        if let double = program as? ReferenceProgram {
            double.inputs = inputs
            try double.run()
            return double.outputs
        }
        for (index, values) in inputs.enumerated() { try program.setInput(index, values.map { Float($0) }) }
        try program.run()
        return try program.program.outputs.indices.map { try program.output($0).map { Double($0) } }
    }
}
