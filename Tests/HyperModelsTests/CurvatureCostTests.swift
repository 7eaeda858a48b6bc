import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// Products with the Hessian of a policy's divergence from itself, by both ways to take the second derivative: equal numbers, and what each
/// costs.
@Suite struct CurvatureCostTests {
    enum Mode { case reverseOverReverse, forwardOverReverse }

    /// Operations of a simplified program.
    struct Work: Hashable, CustomStringConvertible {
        let nodes: Int
        let flops: Int

        var description: String { "\(nodes) nodes, \(flops) flops" }
    }

    private struct Sizes {
        var state = 20
        var action = 6
        var samples = 800
        var groups = 40
    }

    private static func policy(_ kind: GaussianPolicy.Kind, _ sizes: Sizes, isSmall: Bool) -> GaussianPolicy {
        var architecture = GaussianPolicy.Architecture(kind)
        if isSmall {
            architecture.hiddenSizes = [4, 3]
            architecture.hyperNetwork.primary.widths = [3, 4]
            architecture.hyperNetwork.primary.blocks = 1
            architecture.hyperNetwork.hiddenSize = 4
        }
        return GaussianPolicy(
            stateSize: sizes.state, contextSize: 1, actionSize: sizes.action, architecture: architecture)
    }

    /// H v for H the Hessian of the divergence of the policy of before, by parameters as inputs; the direction is an input too.
    private static func program(_ policy: GaussianPolicy, _ sizes: Sizes, _ mode: Mode?) throws -> Program {
        try Program.trace("curvature") { trace in
            let types = policy.parameters.members(seeds: 1, members: 1).map(\.type)
            let states = trace.input("states", TensorType(.float32, [1, 1, sizes.samples, sizes.state]))
            let contexts = trace.input("contexts", TensorType(.float32, [1, 1, sizes.groups, 1]))
            func inputs(_ name: String) -> [Tensor] {
                types.enumerated().map { trace.input("\(name)\($0.offset)", $0.element) }
            }
            let (values, direction) = (inputs("parameter"), inputs("direction"))
            let distribution = policy.distribution(states: states, contexts: contexts, Parameters(values))
            let loss = distribution.stopGradient().divergence(from: distribution).total / Double(sizes.samples)
            let gradients = trace.gradients(of: loss, withRespectTo: values)
            let products =
                switch mode {
                case nil: gradients
                case .reverseOverReverse:
                    trace.gradients(of: trace.scalarProduct(gradients, direction), withRespectTo: values)
                case .forwardOverReverse:
                    trace.jacobianVectorProducts(of: gradients, withRespectTo: values, tangents: direction)
                }
            for (index, product) in products.enumerated() { trace.output("product\(index)", product) }
        }
    }

    private static func work(_ program: Program) -> Work {
        let simplified = program.simplified()
        let cost = simplified.nodes.reduce(OpCost()) { total, node in
            total
                + OpCost(of: node.op, operands: node.operands.map { simplified.nodes[$0].type }, result: node.type)
        }
        return Work(nodes: simplified.nodes.count, flops: cost.flops)
    }

    /// Forward over reverse traces fewer nodes; simplified, it is no more work.
    @Test(arguments: GaussianPolicy.Kind.allCases)
    func forwardOverReverseTakesNoMoreOperations(_ kind: GaussianPolicy.Kind) throws {
        let sizes = Sizes()
        let policy = Self.policy(kind, sizes, isSmall: false)
        let gradient = Self.work(try Self.program(policy, sizes, nil))
        let programs = try [Mode.reverseOverReverse, .forwardOverReverse].map { try Self.program(policy, sizes, $0) }
        let (reverse, forward) = (Self.work(programs[0]), Self.work(programs[1]))
        #expect(programs[1].nodes.count < programs[0].nodes.count)
        #expect(forward.nodes <= reverse.nodes && forward.flops <= reverse.flops, "\(forward), \(reverse)")
        #expect(gradient.nodes < forward.nodes && gradient.flops < forward.flops)
    }

    @Test(arguments: GaussianPolicy.Kind.allCases) func bothModesGiveTheSame(_ kind: GaussianPolicy.Kind) throws {
        let sizes = Sizes(state: 3, action: 2, samples: 6, groups: 3)
        let policy = Self.policy(kind, sizes, isSmall: true)
        func products(_ mode: Mode) throws -> [[Double]] {
            let program = try Self.program(policy, sizes, mode)
            let types = program.inputs.map(\.type)
            var state = ReferenceState(StateLayout())
            return try ReferenceInterpreter(program).run(
                inputs: NormalNumbers.all(Array(types.prefix(2)), Array(types.dropFirst(2))), state: &state)
        }
        let (reverse, forward) = (try products(.reverseOverReverse), try products(.forwardOverReverse))
        let largest = reverse.joined().map(\.magnitude).max() ?? 0
        #expect(largest > 0.01)
        for (a, b) in zip(reverse.joined(), forward.joined()) { #expect((a - b).magnitude < 1e-11 * largest) }
    }
}
