import HyperCPU
import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// A hypernetwork with one row of its meta variable for each group of samples: what it computes, its gradients, its cost.
@Suite struct SampleGroupTests {
    private static let (seeds, members, samples, metaSize, baseSize) = (2, 2, 6, 3, 4)

    /// Two hidden layers and two output layers.
    private static func network() -> (network: HyperNetwork, parameters: ParameterList) {
        var architecture = HyperNetwork.Architecture()
        architecture.primary.widths = [4, 5]
        architecture.primary.blocks = 2
        architecture.hidden = [.hidden(5), .hidden(3)]
        var list = ParameterList()
        let network = HyperNetwork(
            metaSize: metaSize, baseSize: baseSize, outputs: [.output(2), .logDeviation(1)],
            architecture: architecture, in: &list)
        return (network, list)
    }

    private static func replicated(_ sizes: Int...) -> TensorType {
        TensorType(.float32, Shape([seeds, members] + sizes))
    }

    private static func parameterTypes(_ list: ParameterList) -> [TensorType] {
        list.members(seeds: seeds, members: members).map(\.type)
    }

    /// Rows `[seeds, members, groups, size]` repeated in host memory, each for the samples of its group.
    private static func repeated(_ rows: [Double], groups: Int, size: Int) -> [Double] {
        (0..<seeds * members).flatMap { replica in
            (0..<samples).flatMap { sample in
                let row = replica * groups + sample / (samples / groups)
                return Array(rows[row * size..<(row + 1) * size])
            }
        }
    }

    /// The outputs, and of a weighted sum of them the gradients along meta, base and parameters.
    private static func values(
        rows: Int, meta: [Double], backend: any Backend
    ) throws -> (outputs: [[Double]], metaGradient: [Double], others: [[Double]]) {
        let (network, list) = network()
        let types = parameterTypes(list)
        let program = try Program.trace("groups") { trace in
            let meta = trace.input("meta", replicated(rows, metaSize))
            let base = trace.input("base", replicated(samples, baseSize))
            let parameters = types.enumerated().map { trace.input("parameter\($0.offset)", $0.element) }
            let outputs = network.outputs(meta: meta, base: base, Parameters(parameters))
            var loss = trace.constant(0)
            for (index, output) in outputs.enumerated() {
                trace.output("output\(index)", output)
                let weighted = output * trace.constant(NormalNumbers.inputs(output.type, 50 + index), output.type)
                loss = loss + weighted.sum(axes: [0, 1, 2, 3]).reshaped(to: [])
            }
            for (index, gradient) in trace.gradients(of: loss, withRespectTo: [meta, base] + parameters).enumerated() {
                trace.output("gradient\(index)", gradient)
            }
        }
        let inputs = [meta, NormalNumbers.inputs(replicated(samples, baseSize), 1)]
        let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
        let found = try compiled.run(
            inputs + types.enumerated().map { NormalNumbers.parameters($0.element, 2 + $0.offset) })
        return (Array(found[..<2]), found[2], Array(found[3...]))
    }

    /// Each sample with its group's row repeated is the plain case: one set of weights per sample.
    @Test(arguments: [1, 2, 3, 6]) func groupsEqualRepeatedRows(_ groups: Int) throws {
        let meta = NormalNumbers.inputs(Self.replicated(groups, Self.metaSize), 0)
        let plain = try Self.values(
            rows: Self.samples, meta: Self.repeated(meta, groups: groups, size: Self.metaSize),
            backend: ReferenceBackend())
        // A row's slope is the sum of those of its repetitions.
        var slopes = [Double](repeating: 0, count: meta.count)
        for (index, slope) in plain.metaGradient.enumerated() {
            let (sample, column) = index.quotientAndRemainder(dividingBy: Self.metaSize)
            slopes[sample / (Self.samples / groups) * Self.metaSize + column] += slope
        }
        func expectEqual(_ ours: [Double], _ expected: [Double], _ limit: Double, _ name: String) {
            let scale = expected.map(abs).max() ?? 0
            #expect(ours.count == expected.count && scale > 0.01)
            let error = zip(ours, expected).map { abs($0 - $1) / scale }.max() ?? 0
            #expect(error < limit, "\(name), \(groups) groups: \(error)")
        }
        for (backend, limit) in [(ReferenceBackend() as any Backend, 1e-13), (try CPUBackend(threads: 2), 1e-5)] {
            let grouped = try Self.values(rows: groups, meta: meta, backend: backend)
            for (ours, expected) in zip(grouped.outputs, plain.outputs) { expectEqual(ours, expected, limit, "value") }
            expectEqual(grouped.metaGradient, slopes, limit, "gradient along meta")
            for (ours, expected) in zip(grouped.others, plain.others) { expectEqual(ours, expected, limit, "gradient") }
        }
    }

    @Test(arguments: [1, 3, 6]) func gradientsHoldToSecondOrder(_ groups: Int) throws {
        let (network, list) = Self.network()
        let inputs = [(groups, Self.metaSize), (Self.samples, Self.baseSize)].map {
            TensorType(.float32, [1, 1, $0.0, $0.1])
        }
        let parameters = list.members(seeds: 1, members: 1).map(\.type)
        let function = GradientCheck.Function(
            types: inputs + parameters, values: NormalNumbers.all(inputs, parameters, seed: 2)
        ) { _, inputs in
            let outputs = network.outputs(meta: inputs[0], base: inputs[1], Parameters(Array(inputs[2...])))
            return Tensor.concatenate(outputs, axis: 3)
        }
        let check = try GradientCheck(function)
        let (first, second) = (try check.firstOrder(), try check.secondOrder())
        #expect(first.error < 1e-7 && abs(first.analytic) > 0.01, "\(first)")
        #expect(second.error < 1e-7 && abs(second.analytic) > 0.01, "\(second)")
    }

    /// The primary network and the heads see one row per group, forwards and backwards.
    @Test func primaryRunsOnceForEachGroup() throws {
        let (network, list) = Self.network()
        let groups = 3
        var layout = StateLayout()
        let arena = try layout.addArena("n", list.members(seeds: Self.seeds, members: Self.members))
        let program = try Program.trace("groups") { trace in
            let parameters = Parameters(reading: arena, in: trace)
            let outputs = network.outputs(
                meta: trace.input("meta", Self.replicated(groups, Self.metaSize)),
                base: trace.input("base", Self.replicated(Self.samples, Self.baseSize)), parameters)
            for (index, gradient) in trace.gradients(
                of: Tensor.concatenate(outputs, axis: 3).square(), withRespectTo: parameters.tensors
            ).enumerated() {
                trace.output("gradient\(index)", gradient)
            }
        }.simplified()
        var rows: [Int] = []
        for node in program.nodes {
            guard case .matmul = node.op else { continue }
            let readsParameter = node.operands.contains {
                if case .read = program.nodes[$0].op { true } else { false }
            }
            if readsParameter { rows.append(node.type.shape[2]) }
        }
        // 2 stages of an input layer and a block of two layers, 4 dynamic layers of 3 heads; all but the first pulled back.
        #expect(rows == [Int](repeating: groups, count: 18 + 17))
    }

    /// Weights that were generated once give what the whole network gives.
    @Test func generatedWeightsCanBeKept() throws {
        let (network, list) = Self.network()
        let given = [Self.replicated(2, Self.metaSize), Self.replicated(Self.samples, Self.baseSize)]
        let parameters = Self.parameterTypes(list)
        let program = try Program.trace("kept") { trace in
            let inputs = (given + parameters).enumerated().map { trace.input("input\($0.offset)", $0.element) }
            let parameters = Parameters(Array(inputs[2...]))
            let weights = network.dynamicWeights(meta: inputs[0], parameters)
            #expect(
                weights.map { $0.weights.shape.dimensions.suffix(3) } == [
                    [2, 4, 5], [2, 5, 3], [2, 3, 2], [2, 3, 1],
                ])
            let kept = network.outputs(base: inputs[1], weights: weights)
            let whole = network.outputs(meta: inputs[0], base: inputs[1], parameters)
            for (index, value) in (kept + whole).enumerated() { trace.output("output\(index)", value) }
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(
            NormalNumbers.all(given, parameters))
        #expect(found[0] == found[2] && found[1] == found[3] && Set(found[0]).count > 10)
    }

    /// Groups of unequal size are an error of the trace, for weights and for repeated rows.
    @Test(arguments: [4, 5, 12]) func samplesMustDivideIntoGroups(_ groups: Int) {
        let (network, list) = Self.network()
        #expect(throws: TensorError.self) {
            try Program.trace("uneven") { trace in
                let parameters = Self.parameterTypes(list).enumerated().map {
                    trace.input("parameter\($0.offset)", $0.element)
                }
                let outputs = network.outputs(
                    meta: trace.input("meta", Self.replicated(groups, Self.metaSize)),
                    base: trace.input("base", Self.replicated(Self.samples, Self.baseSize)), Parameters(parameters))
                trace.output("value", outputs[0])
            }
        }
        #expect(throws: TensorError.self) {
            try Program.trace("uneven rows") { trace in
                let rows = trace.input("rows", Self.replicated(groups, Self.metaSize))
                trace.output("value", rows.repeated(forSamples: Self.samples))
            }
        }
    }
}
