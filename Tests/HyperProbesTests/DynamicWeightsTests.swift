import HyperAgents
import HyperCPU
import HyperEnvironments
import HyperModels
import HyperTensor
import Testing

@testable import HyperProbes

@Suite struct DynamicWeightsTests {
    private let spec = EnvironmentSpec.all[0]

    private func agent(_ critic: CriticKind, seeds: [UInt32] = [3], hidden: Int = 24) throws -> (TD3Agent, CPUBackend) {
        var configuration = TD3Configuration(critic: critic, environment: spec.id)
        configuration.architecture.primary.widths = [16, 24, 40]
        configuration.architecture.hiddenSize = hidden
        configuration.replayCapacity = 1
        let backend = try CPUBackend(threads: 2)
        let agent = try TD3Agent(
            configuration, stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: seeds,
            backend: backend)
        return (agent, backend)
    }

    private func reading(_ probe: DynamicWeightsProbe, seed: Int = 0) throws -> WeightReading {
        try probe.readings(step: 0)[seed]
    }

    @Test func generatedWeightsAreTheHeadsOutputs() throws {
        let (agent, backend) = try agent(.saHyper)
        // With zero head weights every state generates the heads' biases.
        for layer in 1...2 {
            for head in ["weight_head", "gain_head"] {
                for part in ["weight", "bias"] {
                    let name = "critic.dynamic.\(layer).\(head).\(part)"
                    let variable = try #require(agent.state.layout.variables.first { $0.name == name })
                    let value: Float = part == "weight" ? 0 : head == "gain_head" ? 0.5 : Float(layer)
                    try agent.state.write([Float](repeating: value, count: variable.type.count), to: variable)
                }
            }
        }
        var settings = DynamicWeightsSettings()
        settings.states = 7
        let size = spec.actionSize
        func weights() throws -> [[Float]] {
            let probe = try DynamicWeightsProbe(agent, spec, settings: settings, pool: backend.pool)
            let all = try probe.layerWeights(step: 0)
            return try #require(all.result[0]).layers
        }
        let plain = try weights()
        #expect(plain.map(\.count) == [2 * 7 * size * 24, 2 * 7 * 24])
        #expect(plain[0].allSatisfy { $0 == 1 } && plain[1].allSatisfy { $0 == 2 })
        settings.gains = .included
        let scaled = try weights()
        #expect(scaled[0].allSatisfy { $0 == 1.5 } && scaled[1].allSatisfy { $0 == 3 })
    }

    /// One set of weights for each state and twin; for emb-hyper, whose samples share them, one for each twin.
    @Test(arguments: [(CriticKind.saHyper, 3, 7), (.asHyper, 11, 7), (.embHyper, 14, 1)])
    func everyHypernetworkShowsItsWeights(_ critic: CriticKind, _ inputs: Int, _ sets: Int) throws {
        let (agent, backend) = try agent(critic)
        var settings = DynamicWeightsSettings()
        settings.states = 7
        settings.gains = .included
        let probe = try DynamicWeightsProbe(agent, spec, settings: settings, pool: backend.pool)
        let all = try probe.layerWeights(step: 0)
        let layers = try #require(all.result[0]).layers
        #expect(layers.map(\.count) == [2 * sets * inputs * 24, 2 * sets * 24])
    }

    /// The reference begins as PyTorch's linear layers: U(−1/√fanIn, 1/√fanIn), a different draw for each seed.
    @Test func theReferenceIsWhatMLPSmallBeginsWith() throws {
        let (agent, backend) = try agent(.saHyper, seeds: [3, 4], hidden: 256)
        let probe = try DynamicWeightsProbe(agent, spec, pool: backend.pool)
        let first = try reading(probe)
        let inputs = spec.observationSize + spec.actionSize
        for (layer, fanIn) in zip(first.layers, [inputs, 256]) {
            let bound = 1 / Double(fanIn).squareRoot()
            #expect(layer.reference.count == 2 * fanIn * (fanIn == 256 ? 1 : 256))
            #expect(layer.reference.maximum <= bound && layer.reference.maximum > 0.97 * bound)
            #expect(abs(layer.reference.standardDeviation - bound / 3.0.squareRoot()) < 0.05 * bound)
            #expect(abs(layer.histogram.shares.reduce(0, +) - 1) < 1e-9)
            #expect((0...100).contains(layer.histogram.totalVariation))
        }
        #expect(try reading(probe, seed: 1).layers[0].reference != first.layers[0].reference)
        // The rows fit their tables.
        for (table, rows) in zip(ProbeKind.dynamicWeights.tables, first.rows) {
            #expect(!rows.isEmpty && rows.allSatisfy { $0.count == table.columns.count })
        }
    }

    /// The reference is, bit for bit, the critic of an mlp-small agent of the same algorithm and seed.
    @Test(arguments: AlgorithmCatalogue.standard.names)
    func theReferenceIsTheAlgorithmsOwnMLPSmall(_ algorithm: String) throws {
        let backend = try CPUBackend(threads: 2)
        let algorithm = try #require(AlgorithmCatalogue.standard.named(algorithm))
        func agent(_ critic: CriticKind) throws -> any ActorCriticAgent {
            let standard = try algorithm.configuration(environment: spec.id, variants: ["critic": critic.rawValue])
            var configuration = try #require(standard.base as? any ActorCriticConfiguration)
            configuration.architecture.primary.widths = [16, 24, 40]
            configuration.architecture.hiddenSize = 24
            if critic == .mlpSmall { configuration.baseline.hiddenSize = 24 }
            configuration.replayCapacity = 1
            return try configuration.makeAgent(
                stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: [3, 4],
                backend: backend)
        }
        var settings = DynamicWeightsSettings()
        settings.states = 7
        let small = try DynamicWeightsProbe(agent(.mlpSmall), spec, settings: settings, pool: backend.pool)
            .layerWeights(step: 0).result
        let probe = try DynamicWeightsProbe(agent(.saHyper), spec, settings: settings, pool: backend.pool)
        for seed in 0...1 {
            let weights = try #require(small[seed]).layers
            #expect(weights.count == 2)
            #expect(try reading(probe, seed: seed).layers.map(\.reference) == weights.map(WeightReading.Summary.init))
        }
    }

    /// Table 2 at the start, with the paper's networks: in both layers the weights lie farther from mlp-small's with the
    /// paper's initialisation than with PyTorch's. Measured with five seeds and 100 states, in percent, layers 1 and 2:
    /// Hopper 62 to 66 against 30 to 44, 73 to 76 against 40 to 52; HalfCheetah 58 to 61 against 51 to 54, 74 to 78 against
    /// 21 to 30. On Walker2d the paper has layer 2 the other way round, and so have three of five seeds here.
    @Test(arguments: ["Hopper-v2", "HalfCheetah-v2"])
    func oursBeginsFartherFromMLPSmallThanPyTorchs(_ environment: String) throws {
        let spec = try EnvironmentSpec.named(environment)
        let backend = try CPUBackend(threads: 2)
        var settings = DynamicWeightsSettings()
        settings.states = 10
        func distances(_ initialization: HyperInitialization, seed: UInt32) throws -> [Double] {
            var configuration = TD3Configuration(critic: .saHyper, environment: environment)
            configuration.architecture.initialization = initialization
            configuration.replayCapacity = 1
            let agent = try TD3Agent(
                configuration, stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1,
                seeds: [seed], backend: backend)
            let probe = try DynamicWeightsProbe(agent, spec, settings: settings, pool: backend.pool)
            return try reading(probe).layers.map(\.histogram.totalVariation)
        }
        for seed in UInt32(0)...1 {
            let (ours, pytorch) = (try distances(.ours, seed: seed), try distances(.pytorch, seed: seed))
            #expect(ours.count == 2 && pytorch.count == 2)
            for (layer, pair) in zip(ours, pytorch).enumerated() {
                #expect(pair.0 > pair.1 + 3, "seed \(seed), layer \(layer + 1)")
            }
        }
    }

    @Test func criticsComparedMustHaveAsManyLayers() throws {
        let (agent, backend) = try agent(.mlpStandard)
        let probe = try DynamicWeightsProbe(agent, spec, pool: backend.pool)
        #expect(throws: ProbeError.self) { try reading(probe) }
        let own = try probe.layerWeights(step: 0).result.compactMap { $0 }
        #expect(own[0].layers.count == 3)
        let same = try reading(DynamicWeightsProbe(agent, spec, reference: own, pool: backend.pool))
        #expect(same.layers.count == 3 && same.layers.allSatisfy { $0.histogram.totalVariation == 0 })
    }
}
