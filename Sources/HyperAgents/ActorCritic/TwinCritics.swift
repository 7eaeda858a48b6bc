import HyperModels
import HyperTensor

/// Two independent critics (member axis 2) with their target copies and Adam's moments, for all seeds.
public struct TwinCritics: Sendable {
    public let network: any Critic
    /// Parameters and buffers, and those of the target copies.
    public let arenas: NetworkArenas
    public let targetArenas: NetworkArenas
    public let optimizer: AdamOptimizer

    public var parameters: Arena { arenas.parameters }
    public var target: Arena { targetArenas.parameters }

    static let members = 2

    /// Adds the arenas `critic`, `critic_target` and the moments to `layout`.
    public init(
        _ network: any Critic, learningRate: Double, seeds: Int, in layout: inout StateLayout
    ) throws {
        self.network = network
        func add(_ name: String, _ role: ArenaRole) throws -> NetworkArenas {
            try NetworkArenas(name, network.parameters, seeds: seeds, members: Self.members, role: role, in: &layout)
        }
        arenas = try add("critic", .weights)
        targetArenas = try add("critic_target", .target)
        optimizer = try AdamOptimizer(arenas.parameters, learningRate: learningRate, in: &layout)
    }

    /// Draws initial parameters; the targets begin as copies.
    func initialize(_ state: any StateStore, seeds: [UInt32]) throws {
        for copy in [arenas, targetArenas] {
            try state.initialize(copy, network.parameters, seeds: seeds, network: .critic)
        }
    }

    /// Q of both critics, `[seeds, 2, batch, 1]`.
    ///
    /// - Parameters:
    ///   - states: `[seeds, 1, batch, stateSize]`.
    ///   - actions: `[seeds, 1, batch, actionSize]`.
    ///   - parameters: Of both, `[seeds, 2, …]`.
    func values(states: Tensor, actions: Tensor, _ parameters: Parameters) -> Tensor {
        network(
            states: states.broadcast(toMembers: Self.members), actions: actions.broadcast(toMembers: Self.members),
            parameters)
    }

    /// `Σₘ meanᵦ (Qₘ(s, a) − y)²`, `[seeds, 1, 1, 1]`.
    static func loss(values: Tensor, targets: Tensor) -> Tensor {
        (values - targets.broadcast(to: values.shape)).square().mean(axes: [2]).sum(axes: [1])
    }

    /// What a step of both critics gives, all before the step.
    struct Step {
        /// `[seeds, 1, 1, 1]`.
        let loss: Tensor
        /// Of the batch's own actions, `[seeds, 2, batch, 1]`.
        let values: Tensor
        /// `[seeds, 1, batch, 1]`.
        let targets: Tensor
        /// Of the parameters, `[seeds, 2, …]` each.
        let gradients: [Tensor]
    }

    /// Traces one Adam step of both critics towards `targets`.
    ///
    /// - Parameters:
    ///   - targets: `[seeds, 1, batch, 1]`.
    ///   - scale: The host's part of Adam, `[2]`.
    func step(_ batch: TransitionBatch, towards targets: Tensor, scale: Tensor, in trace: Trace) -> Step {
        let parameters = Parameters(reading: arenas, mode: .training, in: trace)
        let (values, loss) = trace.phase("critic forward") {
            let values = self.values(states: batch.states, actions: batch.actions, parameters)
            parameters.storeBuffers(in: trace)
            return (values, Self.loss(values: values, targets: targets))
        }
        let gradients = trace.phase("critic backward") {
            trace.gradients(of: loss, withRespectTo: parameters.tensors)
        }
        trace.phase("critic optimiser") { optimizer.apply(gradients, scale: scale, in: trace) }
        return Step(loss: loss, values: values, targets: targets, gradients: gradients)
    }

    /// Traces the soft update of the targets.
    func updateTargets(rate: Double, in trace: Trace) { trace.softUpdate(targetArenas, from: arenas, rate: rate) }
}
