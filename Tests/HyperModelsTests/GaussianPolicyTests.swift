import Foundation
import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// MAML's policies: sizes, names, initial values, and parameters that are given as values.
@Suite struct GaussianPolicyTests {
    private static func policy(
        _ kind: GaussianPolicy.Kind, stateSize: Int, actionSize: Int,
        _ change: (inout GaussianPolicy.Architecture) -> Void = { _ in }
    ) -> GaussianPolicy {
        var architecture = GaussianPolicy.Architecture(kind)
        change(&architecture)
        return GaussianPolicy(
            stateSize: stateSize, contextSize: 1, actionSize: actionSize, architecture: architecture)
    }

    /// A policy of few parameters for two states and two actions.
    private static func small(_ kind: GaussianPolicy.Kind, _ initialization: HyperInitialization = .ours)
        -> GaussianPolicy
    {
        policy(kind, stateSize: 2, actionSize: 2) {
            $0.hiddenSizes = [4, 3]
            $0.hyperNetwork.primary.widths = [3, 4]
            $0.hyperNetwork.primary.blocks = 2
            $0.hyperNetwork.hiddenSize = 4
            $0.hyperNetwork.initialization = initialization
        }
    }

    /// Counted in the authors' code, on HalfCheetah with 20 numbers of state and on Ant with 27.
    @Test(arguments: [
        (GaussianPolicy.Kind.vanilla, 12_812, 13_716), (.context, 12_912, 13_816), (.hyper, 13_529_106, 15_894_808),
    ]) func policiesHaveTheAuthorsSizes(_ kind: GaussianPolicy.Kind, _ cheetah: Int, _ ant: Int) {
        #expect(Self.policy(kind, stateSize: 20, actionSize: 6).parameters.count == cheetah)
        #expect(Self.policy(kind, stateSize: 27, actionSize: 8).parameters.count == ant)
    }

    @Test func parametersAreNamed() {
        let mlp = [
            "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "layers.2.weight", "layers.2.bias",
        ]
        for kind in [GaussianPolicy.Kind.vanilla, .context] {
            let list = Self.small(kind).parameters.specifications
            #expect(list.map(\.name) == mlp + ["log_deviation"])
            #expect(list[0].shape == [kind == .vanilla ? 2 : 3, 4])
        }
        let hyper = Self.small(.hyper).parameters.specifications.map(\.name)
        #expect(hyper.first == "primary.1.input.weight" && hyper.last == "log_deviation")
        #expect(hyper.contains("dynamic.2.gain_head.bias") && !hyper.contains { $0.hasPrefix("dynamic.3") })
    }

    @Test func valuesBeginAsTheAuthors() throws {
        for (kind, inputs) in [(GaussianPolicy.Kind.vanilla, 20), (.context, 21)] {
            let ranges = try InitialRanges(Self.policy(kind, stateSize: 20, actionSize: 6).parameters)
            for (index, (fanIn, fanOut)) in [(inputs, 100), (100, 100), (100, 6)].enumerated() {
                ranges.expect("layers.\(index).weight", bound: (6 / Double(fanIn + fanOut)).squareRoot())
                ranges.expect("layers.\(index).bias", constant: 0)
            }
            ranges.expect("log_deviation", constant: 0)
        }
        let narrow = { (architecture: inout GaussianPolicy.Architecture) in
            architecture.hyperNetwork.primary.widths = [16, 64]
            architecture.logDeviation = -0.7
        }
        let hyper = try InitialRanges(Self.policy(.hyper, stateSize: 20, actionSize: 6, narrow).parameters)
        hyper.expect("primary.2.input.weight", bound: 1 / (2 * 16.0.squareRoot()))
        hyper.expect("primary.2.residual.1.first.weight", bound: 1 / 16)
        hyper.expect("primary.2.residual.1.first.bias", bound: 1 / 8)
        hyper.expect("dynamic.1.weight_head.weight", bound: 0.05)
        hyper.expect("dynamic.2.weight_head.weight", bound: 0.008)
        hyper.expect("dynamic.2.weight_head.bias", constant: 0)
        hyper.expect("log_deviation", constant: -0.7)
        let base = try InitialRanges(
            Self.policy(.hyper, stateSize: 20, actionSize: 6) {
                narrow(&$0)
                $0.hyperNetwork.initialization = .biasHyperInit
            }.parameters)
        base.expect("dynamic.1.weight_head.weight", constant: 0)
        base.expect("dynamic.1.weight_head.bias", bound: (6 / Double(20 + 256)).squareRoot())
        base.expect("dynamic.1.bias_head.bias", constant: 0)
    }

    private static func type(_ sizes: Int...) -> TensorType { TensorType(.float32, Shape(sizes)) }

    /// log π and both divergences of two policies of one kind, by all parameters of both.
    @Test(arguments: GaussianPolicy.Kind.allCases) func gradientsHoldToSecondOrder(_ kind: GaussianPolicy.Kind) throws {
        let policy = Self.small(kind)
        let list = policy.parameters.members(seeds: 1, members: 2).map(\.type)
        let types = [Self.type(1, 2, 6, 2), Self.type(1, 2, 3, 1), Self.type(1, 2, 6, 2)]
        let function = GradientCheck.Function(
            types: types + list + list, values: NormalNumbers.all(types, list + list)
        ) { _, inputs in
            let (new, old) = (inputs[3..<3 + list.count], inputs[(3 + list.count)...])
            let distributions = [new, old].map {
                policy.distribution(states: inputs[0], contexts: inputs[1], Parameters(Array($0)))
            }
            return Tensor.concatenate(
                [
                    distributions[0].logProbability(of: inputs[2]), distributions[0].divergence(from: distributions[1]),
                    distributions[1].divergence(from: distributions[0]),
                    distributions[0].entropy.repeated(forSamples: 6),
                ], axis: 3)
        }
        let check = try GradientCheck(function)
        let (first, second) = (try check.firstOrder(), try check.secondOrder())
        #expect(first.error < 1e-7 && abs(first.analytic) > 0.01, "\(first)")
        #expect(second.error < 1e-7 && abs(second.analytic) > 0.01, "\(second)")
    }

    /// Parameters that were adapted to each task stand as members; equal ones give what one set gives for all groups.
    @Test(arguments: GaussianPolicy.Kind.allCases) func adaptedParametersAreMembers(_ kind: GaussianPolicy.Kind) throws
    {
        let policy = Self.small(kind)
        let (tasks, samples) = (3, 4)
        let shared = policy.parameters.members(seeds: 1, members: 1).map(\.type)
        let types =
            [Self.type(1, 1, tasks * samples, 2), Self.type(1, 1, tasks, 1), Self.type(1, tasks, 1, 2)]
        let program = try Program.trace("adapted") { trace in
            let inputs = (types + shared).enumerated().map { trace.input("input\($0.offset)", $0.element) }
            let (states, contexts) = (inputs[0], inputs[1])
            let one = policy.distribution(states: states, contexts: contexts, Parameters(Array(inputs[3...])))
            // The inner step moves each task's log σ.
            let adapted = inputs[3...].map { $0.broadcast(to: $0.shape.replacing(1, with: tasks)) }
            let moved = adapted.dropLast() + [adapted[adapted.count - 1] + inputs[2].reshaped(to: [1, tasks, 2])]
            let each = policy.distribution(
                states: states.reshaped(to: [1, tasks, samples, 2]), contexts: contexts.reshaped(to: [1, tasks, 1, 1]),
                Parameters(Array(moved)))
            let grouped = DiagonalGaussian(
                mean: one.mean,
                logDeviation: one.logDeviation
                    .repeated(forSamples: tasks) + inputs[2].reshaped(to: [1, 1, tasks, 2]))
            let zero = trace.constant(0, one.mean.shape)
            trace.output("one", grouped.logProbability(of: zero))
            trace.output("each", each.logProbability(of: zero.reshaped(to: each.mean.shape)))
            trace.output("divergence of one", grouped.divergence(from: one))
            let still = DiagonalGaussian(mean: each.mean, logDeviation: each.logDeviation * 0)
            trace.output("divergence of each", each.divergence(from: still))
        }
        let backend = ReferenceBackend()
        var values = NormalNumbers.all(types, shared)
        values[values.count - 1] = [0, 0]
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(values)
        #expect(relativeError(found[1], found[0]) < 1e-13 && Set(found[0]).count > tasks)
        #expect(relativeError(found[3], found[2]) < 1e-13 && Set(found[2]).count == tasks)
    }

    /// Below its floor σ stays, and nothing moves log σ.
    @Test func deviationsHaveAFloor() throws {
        let policy = Self.small(.vanilla)
        let shared = policy.parameters.members(seeds: 1, members: 1).map(\.type)
        let program = try Program.trace("floor") { trace in
            let parameters = shared.enumerated().map { trace.input("parameter\($0.offset)", $0.element) }
            let distribution = policy.distribution(
                states: trace.constant(0.1, [1, 1, 1, 2]), contexts: trace.constant(0, [1, 1, 1, 1]),
                Parameters(parameters))
            trace.output("log deviation", distribution.logDeviation)
            let entropy = distribution.entropy
            trace.output("gradient", trace.gradients(of: entropy, withRespectTo: [parameters[shared.count - 1]])[0])
        }
        let backend = ReferenceBackend()
        var values = NormalNumbers.all([], shared)
        values[values.count - 1] = [-13.9, -13.7]
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(values)
        #expect(abs(found[0][0] - log(1e-6)) < 1e-12 && found[0][1] == -13.7)
        #expect(found[1] == [0, 1])
    }

    /// Acting in one task takes its weights once.
    @Test func generatedWeightsCanBeKept() throws {
        let policy = Self.small(.hyper)
        let given = [Self.type(1, 1, 6, 2), Self.type(1, 1, 3, 1)]
        let shared = policy.parameters.members(seeds: 1, members: 1).map(\.type)
        let program = try Program.trace("kept") { trace in
            let inputs = (given + shared).enumerated().map { trace.input("input\($0.offset)", $0.element) }
            let values = Parameters(Array(inputs[2...]))
            let weights = try #require(policy.dynamicWeights(contexts: inputs[1], values))
            let distributions = [
                policy.distribution(states: inputs[0], weights: weights, values),
                policy.distribution(states: inputs[0], contexts: inputs[1], values),
            ]
            for (index, distribution) in distributions.enumerated() {
                trace.output("mean\(index)", distribution.mean)
                trace.output("log deviation\(index)", distribution.logDeviation)
            }
            let none = Self.small(.context).dynamicWeights(contexts: inputs[1], values)
            #expect(none == nil)
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(
            NormalNumbers.all(given, shared))
        #expect(found[0] == found[2] && found[1] == found[3] && Set(found[0]).count > 6 && found[1][0] != 0)
    }

    /// Bias-HyperInit's first policy is the same for all contexts; its weights are the base network's.
    @Test func biasHyperInitBeginsAsOnePolicy() throws {
        func means(_ initialization: HyperInitialization) throws -> [Float] {
            let policy = Self.small(.hyper, initialization)
            var layout = StateLayout()
            let arenas = try NetworkArenas("policy", policy.parameters, seeds: 1, members: 1, in: &layout)
            let backend = ReferenceBackend()
            let store = try backend.makeState(layout)
            try store.initialize(arenas, policy.parameters, seeds: [3], network: 0)
            let program = try Program.trace("means") { trace in
                let weights = policy.dynamicWeights(
                    contexts: trace.constant([-1, 1], Self.type(1, 1, 2, 1)), Parameters(reading: arenas, in: trace))
                let distribution = policy.distribution(
                    states: trace.constant(0.7, [1, 1, 4, 2]), weights: try #require(weights),
                    Parameters(reading: arenas, in: trace))
                trace.output("means", distribution.mean)
            }
            let compiled = try backend.compile(program, state: store)
            try compiled.run()
            return try compiled.output(0)
        }
        let same = try means(.biasHyperInit)
        #expect(Array(same[0..<4]) == Array(same[4..<8]) && same[0] != 0)
        let different = try means(.ours)
        #expect(Array(different[0..<2]) == Array(different[2..<4]) && different[0] != different[4])
    }
}
