import Foundation
import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// PEARL's networks: sizes, initial values, the clamp of log σ, and the posterior's equations.
@Suite struct LatentNetworkTests {
    private static func small(_ kind: LatentArchitecture.Kind) -> LatentArchitecture {
        var architecture = LatentArchitecture(kind)
        architecture.hiddenSizes = [4, 3]
        architecture.encoderSizes = [4, 3]
        architecture.hyperNetwork.primary.widths = [3, 4]
        architecture.hyperNetwork.primary.blocks = 2
        architecture.hyperNetwork.hiddenSize = 4
        return architecture
    }

    private static func type(_ sizes: Int...) -> TensorType { TensorType(.float32, Shape(sizes)) }

    /// Counted in the authors' code, on HalfCheetah with 20 numbers of state, 6 of action and 5 of latent.
    @Test(arguments: [
        (LatentArchitecture.Kind.mlp, [88_010, 192_012, 190_501, 188_701]),
        (.hyper, [88_010, 15_116_824, 9_850_114, 8_275_714]),
    ]) func networksHaveTheAuthorsSizes(_ kind: LatentArchitecture.Kind, _ expected: [Int]) {
        let architecture = LatentArchitecture(kind)
        let lists = [
            ContextEncoder(transitionSize: 27, latentSize: 5, architecture: architecture).parameters,
            LatentPolicy(stateSize: 20, latentSize: 5, actionSize: 6, architecture: architecture).parameters,
            LatentCritic(stateSize: 20, actionSize: 6, latentSize: 5, architecture: architecture).parameters,
            LatentValue(stateSize: 20, latentSize: 5, architecture: architecture).parameters,
        ]
        #expect(lists.map(\.count) == expected)
    }

    /// Hidden weights by the width of the output, biases 0.1; last layers within 3e-3, the policy's within 1e-3.
    @Test func valuesBeginAsTheAuthors() throws {
        let architecture = LatentArchitecture(.mlp)
        let encoder = ContextEncoder(transitionSize: 27, latentSize: 5, architecture: architecture).parameters
        let policy = LatentPolicy(stateSize: 20, latentSize: 5, actionSize: 6, architecture: architecture).parameters
        let critic = LatentCritic(stateSize: 20, actionSize: 6, latentSize: 5, architecture: architecture).parameters
        let value = LatentValue(stateSize: 20, latentSize: 5, architecture: architecture).parameters
        for (list, width, last) in [
            (encoder, 200.0, 3e-3), (policy, 300, 1e-3), (critic, 300, 3e-3), (value, 300, 3e-3),
        ] {
            let ranges = try InitialRanges(list)
            for layer in 0..<3 {
                ranges.expect("layers.\(layer).weight", bound: 1 / width.squareRoot())
                ranges.expect("layers.\(layer).bias", constant: 0.1)
            }
            ranges.expect("layers.3.weight", bound: last)
            let bias = try #require(ranges["layers.3.bias"])
            #expect(bias.lowerBound >= -last && bias.upperBound <= last && bias.lowerBound < bias.upperBound)
        }
    }

    @Test func hypernetworksBeginAsTheAuthors() throws {
        var architecture = LatentArchitecture(.hyper)
        architecture.hyperNetwork.primary.widths = [16, 64]
        let policy = try InitialRanges(
            LatentPolicy(stateSize: 20, latentSize: 5, actionSize: 6, architecture: architecture).parameters)
        policy.expect("primary.2.residual.1.first.weight", bound: 1 / 16)
        for (layer, bound) in [(1, 0.05), (2, 0.008), (3, 0.001)] {
            policy.expect("dynamic.\(layer).weight_head.weight", bound: bound)
            policy.expect("dynamic.\(layer).gain_head.weight", bound: bound)
            policy.expect("dynamic.\(layer).bias_head.bias", constant: 0)
        }
        let critic = LatentCritic(stateSize: 20, actionSize: 6, latentSize: 5, architecture: architecture).parameters
        let shapes = Dictionary(uniqueKeysWithValues: critic.specifications.map { ($0.name, $0.shape) })
        // Meta s, base (a, z).
        #expect(shapes["primary.1.input.weight"] == [20, 16])
        #expect(shapes["dynamic.1.weight_head.weight"] == [64, 11 * 256])
    }

    private enum Network: CaseIterable { case policy, critic, value, encoder }

    /// By states, actions, latents, transitions and all parameters.
    @Test(arguments: LatentArchitecture.Kind.allCases) func gradientsHoldToSecondOrder(
        _ kind: LatentArchitecture.Kind
    ) throws {
        let architecture = Self.small(kind)
        for network in Network.allCases {
            let list: ParameterList
            let inputs: [TensorType]
            let value: ([Tensor], Parameters) -> Tensor
            switch network {
            case .policy:
                let policy = LatentPolicy(stateSize: 3, latentSize: 2, actionSize: 2, architecture: architecture)
                list = policy.parameters
                inputs = [Self.type(1, 2, 6, 3), Self.type(1, 2, 3, 2), Self.type(1, 2, 6, 2)]
                value = {
                    let sample = policy.distribution(states: $0[0], latents: $0[1], $1).sample(noise: $0[2])
                    return Tensor.concatenate([sample.actions, sample.logProbability], axis: 3)
                }
            case .critic:
                let critic = LatentCritic(stateSize: 3, actionSize: 2, latentSize: 2, architecture: architecture)
                list = critic.parameters
                inputs = [Self.type(1, 2, 6, 3), Self.type(1, 2, 6, 2), Self.type(1, 2, 3, 2)]
                value = { critic(states: $0[0], actions: $0[1], latents: $0[2], $1) }
            case .value:
                let state = LatentValue(stateSize: 3, latentSize: 2, architecture: architecture)
                list = state.parameters
                inputs = [Self.type(1, 2, 6, 3), Self.type(1, 2, 3, 2)]
                value = { state(states: $0[0], latents: $0[1], $1) }
            case .encoder:
                let encoder = ContextEncoder(transitionSize: 4, latentSize: 2, architecture: architecture)
                list = encoder.parameters
                inputs = [Self.type(1, 2, 6, 4), Self.type(1, 2, 3, 2)]
                value = {
                    let posterior = encoder.evidence(transitions: $0[0], groups: 3, $1).posterior
                    return Tensor.concatenate([posterior.sample(noise: $0[1]), posterior.divergenceFromPrior], axis: 3)
                }
            }
            let parameters = list.members(seeds: 1, members: 2).map(\.type)
            let check = try GradientCheck(
                GradientCheck.Function(
                    types: inputs + parameters,
                    values: NormalNumbers.all(inputs, parameters, seed: kind == .mlp ? 3 : 6)
                ) { _, tensors in
                    value(Array(tensors[..<inputs.count]), Parameters(Array(tensors[inputs.count...])))
                })
            let (first, second) = (try check.firstOrder(), try check.secondOrder())
            #expect(first.error < 1e-7 && abs(first.analytic) > 0.01, "\(network): \(first)")
            #expect(second.error < 1e-7 && abs(second.analytic) > 0.01, "\(network): \(second)")
        }
    }

    /// An episode takes its policy's weights once.
    @Test func generatedWeightsCanBeKept() throws {
        let policy = LatentPolicy(stateSize: 3, latentSize: 2, actionSize: 2, architecture: Self.small(.hyper))
        let given = [Self.type(1, 1, 6, 3), Self.type(1, 1, 3, 2)]
        let parameters = policy.parameters.members(seeds: 1, members: 1).map(\.type)
        let program = try Program.trace("kept") { trace in
            let inputs = (given + parameters).enumerated().map { trace.input("input\($0.offset)", $0.element) }
            let values = Parameters(Array(inputs[2...]))
            let weights = try #require(policy.dynamicWeights(latents: inputs[1], values))
            let distributions = [
                policy.distribution(states: inputs[0], weights: weights),
                policy.distribution(states: inputs[0], latents: inputs[1], values),
            ]
            for (index, distribution) in distributions.enumerated() {
                trace.output("mean\(index)", distribution.mean)
                trace.output("log deviation\(index)", distribution.logDeviation)
            }
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(
            NormalNumbers.all(given, parameters))
        #expect(found[0] == found[2] && found[1] == found[3] && Set(found[0]).count == 12)
    }

    /// The product of normal densities, over its parts and against known numbers.
    @Test func factorsMultiply() throws {
        let encoder = ContextEncoder(transitionSize: 4, latentSize: 2, architecture: Self.small(.mlp))
        let given = [Self.type(1, 1, 6, 4)]
        let parameters = encoder.parameters.members(seeds: 1, members: 1).map(\.type)
        let program = try Program.trace("product") { trace in
            let inputs = (given + parameters).enumerated().map { trace.input("input\($0.offset)", $0.element) }
            let values = Parameters(Array(inputs[1...]))
            let whole = encoder.evidence(transitions: inputs[0], groups: 1, values)
            let parts = [0..<1, 1..<4, 4..<6].map {
                encoder.evidence(transitions: inputs[0].slice(axis: 2, $0), groups: 1, values)
            }
            let singles = encoder.evidence(transitions: inputs[0], groups: 6, values).posterior
            for (index, posterior) in [whole, parts[0] + parts[1] + parts[2]].map(\.posterior).enumerated() {
                trace.output("mean\(index)", posterior.mean)
                trace.output("variance\(index)", posterior.variance)
            }
            trace.output("means", singles.mean)
            trace.output("variances", singles.variance)
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(
            NormalNumbers.all(given, parameters))
        #expect(relativeError(found[2], found[0]) < 1e-13 && relativeError(found[3], found[1]) < 1e-13)
        for latent in 0..<2 {
            let factors = (0..<6).map { (mean: found[4][2 * $0 + latent], variance: found[5][2 * $0 + latent]) }
            let precision = factors.reduce(0) { $0 + 1 / $1.variance }
            let mean = factors.reduce(0) { $0 + $1.mean / $1.variance } / precision
            #expect(abs(found[1][latent] * precision - 1) < 1e-12 && abs(found[0][latent] - mean) < 1e-12)
        }
        #expect(Set(found[5]).count == 12)
    }

    /// A factor's variance has a floor, below which nothing moves it.
    @Test func variancesHaveAFloor() throws {
        let encoder = ContextEncoder(transitionSize: 1, latentSize: 1, architecture: Self.small(.mlp))
        let types = encoder.parameters.members(seeds: 1, members: 1).map(\.type)
        let program = try Program.trace("floor") { trace in
            let parameters = types.enumerated().map { trace.input("input\($0.offset)", $0.element) }
            let posterior = encoder.evidence(
                transitions: trace.constant(1, [1, 1, 1, 1]), groups: 1, Parameters(parameters)
            ).posterior
            trace.output("variance", posterior.variance)
            trace.output(
                "gradient", trace.gradients(of: posterior.variance, withRespectTo: [parameters[types.count - 1]])[0])
        }
        let backend = ReferenceBackend()
        let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
        // The last bias alone decides: softplus(−20) is 2e-9, softplus(−10) 4.5e-5.
        func run(_ bias: Double) throws -> [[Double]] {
            try compiled.run(types.dropLast().map { [Double](repeating: 0, count: $0.count) } + [[0, bias]])
        }
        let (low, high) = (try run(-20), try run(-10))
        #expect(abs(low[0][0] - 1e-7) < 1e-18 && low[1] == [0, 0])
        #expect(abs(high[0][0] - 4.5398899e-5) < 1e-11 && high[1][1] > 4e-5)
    }

    /// KL to N(0, 1): 0 for the prior itself, else by its definition's known value.
    @Test func divergenceFromThePrior() throws {
        let program = try Program.trace("divergence") { trace in
            let posterior = LatentPosterior(
                mean: trace.constant([0, 0, 1, -2], Self.type(1, 1, 2, 2)),
                variance: trace.constant([1, 1, 0.25, 2], Self.type(1, 1, 2, 2)))
            trace.output("divergence", posterior.divergenceFromPrior)
            trace.output("sample", posterior.sample(noise: trace.constant(0.5, [1, 1, 2, 2])))
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run([])
        // ½ (0.25 + 1 − 1 + log 4 + 2 + 4 − 1 − log 2).
        #expect(found[0][0] == 0 && abs(found[0][1] - (5.25 + log(2)) / 2) < 1e-12)
        let expected = [0.5, 0.5, 1.25, 2.0.squareRoot() / 2 - 2]
        #expect(zip(found[1], expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
