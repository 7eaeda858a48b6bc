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

    /// Counted by hand from the paper's description, on Hopper, HalfCheetah and Ant. The paper gives about 9 M for mlp-large
    /// and about 4.5 M for resnet35.
    @Test(arguments: [
        (CriticKind.saHyper, [7_748_610, 8_537_346, 9_086_210]), (.asHyper, [9_845_762, 11_420_930, 36_087_042]),
        (.embHyper, [10_633_479, 12_995_079, 38_185_479]), (.mlpStandard, [69_889, 72_193, 96_769]),
        (.mlpSmall, [4_097, 6_401, 30_977]), (.mlpLarge, [8_459_301, 8_485_401, 8_763_801]),
        (.resNetFeatures, [6_186_251, 6_188_555, 6_213_131]), (.resNet35, [4_609_537, 4_611_841, 4_636_417]),
        (.qD2RL, [212_225, 221_441, 319_745]),
    ]) func criticsHaveTheirSize(_ kind: CriticKind, _ expected: [Int]) {
        let sizes = [(11, 3), (17, 6), (111, 8)].map { state, action in
            kind.makeCritic(stateSize: state, actionSize: action).parameters.count
        }
        #expect(sizes == expected)
    }

    /// Blocks are shared out evenly, what is left over goes to the last stages; dense stages end at their width.
    @Test(arguments: [4: [1, 1, 2], 5: [1, 2, 2], 6: [2, 2, 2], 7: [2, 2, 3], 8: [2, 3, 3]])
    func blocksAreSpreadOverTheStages(_ blocks: Int, _ expected: [Int]) {
        var architecture = HyperNetwork.Architecture()
        architecture.primary.blocks = blocks
        for (kind, name) in [(PrimaryArchitecture.Kind.resnet, "residual"), (.mlp, "plain"), (.dense, "dense")] {
            architecture.primary.kind = kind
            let critic = SAHyperCritic(stateSize: 11, actionSize: 3, architecture: architecture)
            let names = critic.parameters.specifications.map(\.name)
            #expect(
                (1...3).map { stage in
                    names.count { $0.hasPrefix("primary.\(stage).\(name).") && $0.hasSuffix("first.weight") }
                } == expected)
            let head = critic.parameters.specifications.first { $0.name == "dynamic.1.weight_head.weight" }
            #expect(head?.shape == [1024, 3 * 256])
        }
        architecture.primary.upsampling = .first
        architecture.primary.kind = .resnet
        let names = SAHyperCritic(stateSize: 11, actionSize: 3, architecture: architecture).parameters.specifications
        #expect(names.count { $0.name.hasPrefix("primary.1.residual.") && $0.shape == [1024, 1024] } == 2 * blocks)
        #expect(!names.contains { $0.name.hasPrefix("primary.2") })
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
