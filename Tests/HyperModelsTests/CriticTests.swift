import HyperModels
import HyperTensor
import Testing

/// Sizes of the networks as the paper's authors have them.
@Suite struct CriticTests {
    /// Counted in the authors' code at state 17, action 6: 8,537,346 in one Q network, 17,074,692 in the twin critic.
    @Test func theHypernetworkHasTheAuthorsSize() {
        let critic = CriticKind.saHyper.makeCritic(stateSize: 17, actionSize: 6)
        #expect(critic.parameters.count == 8_537_346)
    }

    /// The heads hold 1.58 M numbers on Hopper, 2.36 M on Walker2d and HalfCheetah, 2.89 M on Ant.
    @Test(arguments: [(11, 3, 1.58), (17, 6, 2.36), (111, 8, 2.89)]) func headsHaveThePapersSize(
        _ state: Int, _ action: Int, _ millions: Double
    ) {
        let critic = CriticKind.saHyper.makeCritic(stateSize: state, actionSize: action)
        let heads = critic.parameters.specifications.filter { $0.name.hasPrefix("dynamic.") }
        let count = Double(heads.reduce(0) { $0 + $1.shape.count }) / 1e6
        #expect(abs(count - millions) < 0.01, "\(count) million")
    }

    @Test func theMLPHasItsSize() {
        let critic = CriticKind.mlpStandard.makeCritic(stateSize: 17, actionSize: 6)
        #expect(critic.parameters.count == 23 * 256 + 256 + 256 * 256 + 256 + 256 + 1)
        let actor = DeterministicActor(stateSize: 17, actionSize: 6)
        #expect(actor.parameters.count == 17 * 256 + 256 + 256 * 256 + 256 + 256 * 6 + 6)
    }

    /// With state as meta and action as base variable, dQ/da needs the primary network forwards only (paper, Fig. 2).
    @Test func actionGradientsPassThroughTheDynamicNetworkAlone() throws {
        let critic = CriticKind.saHyper.makeCritic(stateSize: 17, actionSize: 6)
        func matmuls(withGradient: Bool) throws -> (primary: Int, all: Int) {
            var layout = StateLayout()
            let arena = try layout.addArena("critic", critic.parameters.members(seeds: 1, members: 2))
            let program = try Program.trace("q") { trace in
                let actions = trace.input("a", TensorType(.float32, [1, 2, 4, 6]))
                let values = critic(
                    states: trace.input("s", TensorType(.float32, [1, 2, 4, 17])), actions: actions,
                    Parameters(reading: arena, in: trace))
                trace.output("q", values)
                if withGradient {
                    trace.output("dq", trace.gradients(of: values, withRespectTo: [actions])[0])
                }
            }.simplified()
            var primary = 0
            var all = 0
            for node in program.nodes {
                guard case .matmul = node.op else { continue }
                all += 1
                let reads = node.operands.map { program.nodes[$0].op }
                if reads.contains(where: { if case .read(let v) = $0 { v.name.contains("primary") } else { false } }) {
                    primary += 1
                }
            }
            return (primary, all)
        }
        let forward = try matmuls(withGradient: false)
        let both = try matmuls(withGradient: true)
        // 3 input layers and 6 residual layers of two products; 6 heads; 2 dynamic products, each pulled back once.
        #expect(forward.primary == 15 && forward.all == 23)
        #expect(both.primary == 15 && both.all == 25)
    }
}
