import HyperModels
import HyperRandom
import HyperTensor

/// Noise `[B, A]` of an actor-critic's update; the raw value names it in files.
enum ActorCriticNoise: String {
    /// TD3: smooths the target's actions. SAC: draws them.
    case target = "target_noise"
    /// SAC: draws the actions of the actor's loss.
    case policy = "policy_noise"

    /// Where training draws it from.
    var stream: HyperRandom.Stream {
        switch self {
        case .target: .targetNoise
        case .policy: .policy
        }
    }
}

/// What the update functions of actor-critics share: batches of transitions, and twin critics' results.
///
/// Batch: `state` `[B, S]`, `action` `[B, A]`, `reward` `[B]`, `next_state` `[B, S]`, `terminated` `[B]` (0 or 1; a time limit is 0).
protocol ActorCriticUpdateFunction: UpdateFunction {
    associatedtype Configuration: ActorCriticConfiguration
    var configuration: Configuration { get }
    var transitions: TransitionLayout { get }
    var critics: TwinCritics { get }
    /// The actor, and its target copy if it has one.
    var actors: (learned: NetworkArenas, target: NetworkArenas?) { get }
    var optimizers: [AdamOptimizer] { get }
    var noise: [ActorCriticNoise] { get }
}

extension ActorCriticUpdateFunction {
    var algorithm: String { Configuration.algorithm }

    private static var batchAxis: String { "B" }

    var inputs: [UpdateInput] {
        let batch = UpdateInput.Axis.named(Self.batchAxis)
        let (state, action) = (transitions.stateSize, transitions.actionSize)
        return [
            UpdateInput("state", [batch, .size(state)]), UpdateInput("action", [batch, .size(action)]),
            UpdateInput("reward", [batch]), UpdateInput("next_state", [batch, .size(state)]),
            UpdateInput("terminated", [batch], .flags),
        ] + noise.map { UpdateInput($0.rawValue, [batch, .size(action)], .noise($0.stream)) }
    }

    func beginning(of arena: Arena) -> UpdateBeginning {
        func copies(_ target: NetworkArenas?, of source: NetworkArenas) -> Arena? {
            guard let target else { return nil }
            return zip(target.all, source.all).first { $0.0 == arena }?.1
        }
        if let source = copies(critics.targetArenas, of: critics.arenas) ?? copies(actors.target, of: actors.learned) {
            return .copy(of: source)
        }
        return optimizers.contains { arena == $0.firstMoments || arena == $0.secondMoments } ? .zero : .required
    }

    /// Traces a program whose inputs and outputs are those of files.
    ///
    /// - Parameter update: Traces the update of a batch with noise, `[1, 1, B, …]` each.
    func traceProgram(
        sizes: [String: Int],
        _ update: (TransitionBatch, (ActorCriticNoise) -> Tensor, Trace) throws -> UpdateValues
    ) throws -> Program {
        guard let size = sizes[Self.batchAxis] else { throw TensorError("update: a batch has no size") }
        var checked = configuration
        checked.batchSize = size
        try checked.validate()
        return try Program.trace("\(algorithm).update.function") { trace in
            var given: [String: Tensor] = [:]
            for input in inputs {
                let tensor = trace.input(input.name, TensorType(.float32, try input.shape(sizes)))
                given[input.name] = tensor.reshaped(to: [1, 1, size, tensor.shape.count / size])
            }
            func value(_ name: String) -> Tensor {
                guard let tensor = given[name] else { preconditionFailure("update: no input is called '\(name)'") }
                return tensor
            }
            let batch = TransitionBatch(
                states: value("state"), actions: value("action"), rewards: value("reward"),
                nextStates: value("next_state"), continuations: 1 - value("terminated"))
            let result = try update(batch, { value($0.rawValue) }, trace)
            trace.output("targets", result.targets.reshaped(to: [size]))
            trace.output("values", result.values.reshaped(to: [TwinCritics.members, size]))
            for (metric, value) in result.metrics { trace.output(metric.rawValue, value.reshaped(to: [])) }
            for (variable, gradient) in result.gradients {
                let shape = Shape(Array(variable.shape.dimensions.dropFirst()))
                trace.output("gradient.\(variable.name)", gradient.reshaped(to: shape))
            }
        }
    }
}

extension [OptimizerInput: AdamOptimizer.Scale] {
    /// By the names of the inputs.
    var named: [String: AdamOptimizer.Scale] {
        Dictionary<String, AdamOptimizer.Scale>(uniqueKeysWithValues: map { ($0.rawValue, $1) })
    }
}
