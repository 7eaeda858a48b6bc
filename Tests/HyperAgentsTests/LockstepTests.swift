import HyperCPU
import HyperEnvironments
import HyperModels
import Testing

@testable import HyperAgents

/// A seed's result depends on nothing but the seed: not on companions, threads, evaluation or watching.
@Suite struct LockstepTests {
    @Test(arguments: TestedAlgorithm.variants, CriticKind.allCases)
    func companionsChangeNoBit(_ algorithm: TestedAlgorithm, _ critic: CriticKind) throws {
        func bits(_ seeds: [UInt32]) throws -> [String: [UInt32]] {
            try SmallRun(algorithm: algorithm, critic: critic, seeds: seeds).train().bits(of: 3)
        }
        let (alone, among) = (try bits([3]), try bits([0, 1, 2, 3, 4]))
        expectEqual(alone, among)
    }

    @Test(arguments: TestedAlgorithm.all, primaryVariants)
    func companionsChangeNoBitOfVariants(_ algorithm: TestedAlgorithm, _ variant: [String: String]) throws {
        func bits(_ seeds: [UInt32], _ threads: Int) throws -> [String: [UInt32]] {
            try SmallRun(algorithm: algorithm, critic: .saHyper, settings: variant, seeds: seeds, threads: threads)
                .train().bits(of: 3)
        }
        let alone = try bits([3], 1)
        try expectEqual(alone, bits([0, 3], 2))
        #expect((alone["critic_buffers.primary.1.input.u"] != nil) == (variant["primary.normalization"] == "spectral"))
    }

    @Test(arguments: TestedAlgorithm.variants, CriticKind.allCases)
    func threadsChangeNoBit(_ algorithm: TestedAlgorithm, _ critic: CriticKind) throws {
        let bits = try [1, 2, 5].map {
            try SmallRun(algorithm: algorithm, critic: critic, seeds: [3, 7], threads: $0).train().bits(of: 7)
        }
        expectEqual(bits[0], bits[1])
        expectEqual(bits[0], bits[2])
    }

    @Test(arguments: TestedAlgorithm.all) func evaluationAndLogsChangeNoBit(_ algorithm: TestedAlgorithm) throws {
        let plain = try SmallRun(algorithm: algorithm).train().bits(of: 3)
        let watched = try SmallRun(algorithm: algorithm, evaluates: true).makeLoop().run()
        try expectEqual(plain, watched.trainer.agent.bits(of: 3))
        #expect(watched.evaluations.count == 3)
        #expect(watched.logs == 8)
    }

    /// The paper's sizes, so that the large matmuls' own cutting is covered.
    @Test(arguments: TestedAlgorithm.all)
    func companionsAndThreadsChangeNoBitAtFullSize(_ algorithm: TestedAlgorithm) throws {
        for products in [CPUProducts.own, .openblas] {
            func bits(_ seeds: [UInt32], threads: Int) throws -> [String: [UInt32]] {
                try FullSizeRun(algorithm: algorithm, seeds: seeds, threads: threads, products: products).train()
                    .bits(of: 3)
            }
            expectEqual(try bits([3], threads: 2), try bits([1, 3], threads: 1))
        }
    }

    @Test(arguments: TestedAlgorithm.all) func seedsDiffer(_ algorithm: TestedAlgorithm) throws {
        let agent = try SmallRun(algorithm: algorithm, seeds: [3, 4]).train()
        #expect(try agent.bits(of: 3) != agent.bits(of: 4))
    }

    private func expectEqual(_ first: [String: [UInt32]], _ second: [String: [UInt32]]) {
        #expect(Set(first.keys) == Set(second.keys))
        for (name, bits) in first.sorted(by: { $0.key < $1.key }) where bits != second[name] {
            Issue.record(
                "\(name) differs in \(zip(bits, second[name] ?? []).count { $0 != $1 }) of \(bits.count) elements")
        }
    }
}

/// One of each kind of primary network, activation and normalisation.
private let primaryVariants: [[String: String]] =
    Normalization.allCases.map { ["primary.normalization": $0.rawValue] }
    + PrimaryArchitecture.Kind.allCases.map {
        ["primary.kind": $0.rawValue, "primary.activation": "elu", "primary.normalization": "batch"]
    }

/// A few updates of the paper's sa-hyper critic on synthetic steps.
private struct FullSizeRun {
    var algorithm: TestedAlgorithm
    var seeds: [UInt32]
    var threads: Int
    var products: CPUProducts

    func train() throws -> any ActorCriticAgent {
        let backend = try CPUBackend(threads: threads, products: products)
        let spec = try EnvironmentSpec.named("HalfCheetah-v2")
        var configuration = try algorithm.configuration(critic: .saHyper, environment: spec.id)
        configuration.beginUpdates(afterRandomSteps: 20)
        try configuration.set("replay-capacity", to: "64")
        let agent = try configuration.makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: seeds,
            backend: backend)
        let environments = try VectorEnvironment(spec, seeds: seeds, pool: backend.pool)
        try TrainingLoop(agent, environments, steps: 25).run()
        return agent
    }
}
