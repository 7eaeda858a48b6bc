import HyperAgents
import HyperModels
import HyperTensor

/// The programs that ask an agent's critic and policy, compiled against the agent's own state.
final class CriticQueries {
    private let values: any CompiledProgram
    private let gradients: any CompiledProgram
    private let policyGradients: any CompiledProgram
    private let targetValues: (any CompiledProgram)?

    /// - Parameters:
    ///   - states: States of each seed.
    ///   - samples: State-action pairs of each seed.
    ///   - withTargets: Whether the target critics will be asked.
    init(
        _ agent: any ActorCriticAgent, states: Int, samples: Int, stateSize: Int, actionSize: Int, withTargets: Bool
    ) throws {
        let seeds = agent.seeds.count
        func inputs(_ trace: Trace, _ batch: Int) -> (states: Tensor, actions: Tensor) {
            (
                trace.input("states", TensorType(.float32, [seeds, 1, batch, stateSize])),
                trace.input("actions", TensorType(.float32, [seeds, 1, batch, actionSize]))
            )
        }
        func compile(_ program: Program) throws -> any CompiledProgram {
            try agent.backend.compile(program, state: agent.state)
        }
        values = try compile(
            Program.trace("probe.values") { trace in
                let pairs = inputs(trace, samples)
                let critic = agent.criticParameters(in: trace).member(0)
                trace.output("values", agent.critic(states: pairs.states, actions: pairs.actions, critic))
            })
        gradients = try compile(
            Program.trace("probe.gradients") { trace in
                let pairs = inputs(trace, states)
                let critic = agent.criticParameters(in: trace).member(0)
                let values = agent.critic(states: pairs.states, actions: pairs.actions, critic)
                trace.output("values", values)
                trace.output("gradients", trace.gradients(of: values, withRespectTo: [pairs.actions])[0])
            })
        policyGradients = try compile(
            Self.policyGradientProgram(agent, states: states, stateSize: stateSize, actionSize: actionSize))
        targetValues =
            withTargets
            ? try compile(
                Program.trace("probe.targets") { trace in
                    let states = trace.input("states", TensorType(.float32, [seeds, 1, samples, stateSize]))
                    let actions = agent.meanAction(states: states, agent.actorParameters(in: trace))
                    let targets = agent.targetCriticParameters(in: trace)
                    let members = targets.memberCount
                    let all = agent.critic(
                        states: states.broadcast(toMembers: members), actions: actions.broadcast(toMembers: members),
                        targets)
                    trace.output("values", all.minimum(axes: [1]))
                }) : nil
    }

    /// Norms of the mean over states of `∇π(s)·f(s)`, the gradient that the policy's parameters get from an action
    /// gradient f: for f = `difference` and for f = `reference`.
    private static func policyGradientProgram(
        _ agent: any ActorCriticAgent, states count: Int, stateSize: Int, actionSize: Int
    ) throws -> Program {
        let seeds = agent.seeds.count
        return try Program.trace("probe.policy_gradients") { trace in
            let states = trace.input("states", TensorType(.float32, [seeds, 1, count, stateSize]))
            let actor = agent.actorParameters(in: trace)
            let actions = agent.meanAction(states: states, actor)
            for name in ["difference", "reference"] {
                let upstream = trace.input(name, TensorType(.float32, [seeds, 1, count, actionSize]))
                let products = (actions * upstream).sum(axes: [2, 3]) / Double(count)
                let squares = trace.gradients(of: products, withRespectTo: actor.tensors).map { gradient in
                    gradient.square().reshaped(to: [seeds, gradient.shape.count / seeds]).sum(axes: [1])
                }
                let total = squares.dropFirst().reduce(squares[0], +)
                trace.output(name, total.squareRoot().reshaped(to: [seeds]))
            }
        }
    }

    /// Q₁ of state-action pairs, `[seeds, samples]`.
    func values(states: [Float], actions: [Float]) throws -> [Float] {
        try values.run(states, actions)
        return try values.output(0)
    }

    /// Q₁ `[seeds, states]` and its gradient with respect to the action `[seeds, states, actionSize]`.
    func gradients(states: [Float], actions: [Float]) throws -> (values: [Float], gradients: [Float]) {
        try gradients.run(states, actions)
        return (try gradients.output(0), try gradients.output(1))
    }

    /// The smaller of the target critics' values of what the policy does, `min Q′(s, π(s))`, `[seeds, samples]`.
    func targetValues(states: [Float]) throws -> [Float] {
        guard let targetValues else { preconditionFailure("CriticQueries: made without targets") }
        try targetValues.setInput(0, states)
        try targetValues.run()
        return try targetValues.output(0)
    }

    /// Norms of the policy's parameter gradients for two action gradients `[seeds, states, actionSize]`; each `[seeds]`.
    func policyGradientNorms(
        states: [Float], difference: [Float], reference: [Float]
    ) throws -> (difference: [Float], reference: [Float]) {
        try policyGradients.setInput(0, states)
        try policyGradients.setInput(1, difference)
        try policyGradients.setInput(2, reference)
        try policyGradients.run()
        return (try policyGradients.output(0), try policyGradients.output(1))
    }
}

extension CompiledProgram {
    /// Runs with two float32 inputs.
    fileprivate func run(_ first: [Float], _ second: [Float]) throws {
        try setInput(0, first)
        try setInput(1, second)
        try run()
    }
}
