import HyperModels
import HyperRandom
import HyperReference
import HyperTensor
import Testing

/// Initial values: ranges of the paper's §D.3 and of PyTorch, filled to their ends, one seed's independent of others.
@Suite struct InitializationTests {
    private func initialized(
        _ initialization: HyperInitialization, seeds: [UInt32]
    ) throws -> (arena: Arena, store: any StateStore) {
        var architecture = HyperNetwork.Architecture()
        architecture.initialization = initialization
        architecture.primary.widths = [64, 96, 128]
        let critic = SAHyperCritic(stateSize: 17, actionSize: 6, architecture: architecture)
        var layout = StateLayout()
        let arenas = try NetworkArenas("critic", critic.parameters, seeds: seeds.count, members: 2, in: &layout)
        let store = try ReferenceBackend().makeState(layout)
        try store.initialize(arenas, critic.parameters, seeds: seeds, network: 0)
        return (arenas.parameters, store)
    }

    /// Bound of U(−b, b) for a parameter; 0 for zeros.
    private func bound(_ name: String, _ shape: Shape, _ initialization: HyperInitialization) -> Double {
        let isBias = name.hasSuffix(".bias")
        let isHead = name.contains("head")
        let layerInput: [String: Int] = ["primary.1.input": 17, "primary.2.input": 64, "primary.3.input": 96]
        let fanIn: Int
        if isHead {
            fanIn = 128
        } else if let known = layerInput.first(where: { name.contains($0.key) })?.value {
            fanIn = known
        } else {
            fanIn = shape[shape.rank - 1]
        }
        // The base layers that bias-hyperinit starts from.
        let dynamicInput = name.contains("dynamic.1") ? 6.0 : 256.0
        switch (initialization, isHead, isBias) {
        case (.ours, true, true): return 0
        case (.biasHyperInit, true, false): return 0
        case (.biasHyperInit, true, true): return name.contains("gain") ? 0 : 1 / dynamicInput.squareRoot()
        case (.ours, true, false): return name.contains("dynamic.1") ? 0.05 : 0.008
        case (.ours, false, false): return 0.5 / Double(fanIn).squareRoot()
        case (.ours, false, true), (.pytorch, _, _), (.biasHyperInit, false, _): return 1 / Double(fanIn).squareRoot()
        }
    }

    @Test(arguments: HyperInitialization.allCases) func rangesAreThePapers(_ initialization: HyperInitialization) throws
    {
        let (arena, store) = try initialized(initialization, seeds: [5])
        for variable in arena.variables {
            let values = try store.floats(variable).map { abs(Double($0)) }
            let bound = bound(variable.name, variable.shape, initialization)
            let largest = values.max() ?? 0
            #expect(largest <= bound * (1 + 1e-6), "\(variable.name): \(largest) beyond \(bound)")
            if values.count > 500, bound > 0 {
                #expect(largest >= 0.98 * bound, "\(variable.name): \(largest) far below \(bound)")
                let mean = values.reduce(0, +) / Double(values.count)
                #expect(abs(mean - bound / 2) < 0.06 * bound, "\(variable.name): mean magnitude \(mean) of \(bound)")
            }
        }
    }

    /// At the start every sample gets the same, ordinary network: Q does not depend on the meta variable.
    @Test func biasHyperInitBeginsAsOneNetwork() throws {
        var architecture = HyperNetwork.Architecture()
        architecture.initialization = .biasHyperInit
        architecture.primary.widths = [16, 24, 32]
        architecture.hiddenSize = 12
        let critic = SAHyperCritic(stateSize: 4, actionSize: 3, architecture: architecture)
        var layout = StateLayout()
        let arenas = try NetworkArenas("critic", critic.parameters, seeds: 1, members: 1, in: &layout)
        let backend = ReferenceBackend()
        let store = try backend.makeState(layout)
        try store.initialize(arenas, critic.parameters, seeds: [3], network: 0)
        let program = try backend.compile(
            Program.trace("q") { trace in
                let states = trace.input("s", TensorType(.float32, [1, 1, 2, 4]))
                let actions = trace.input("a", TensorType(.float32, [1, 1, 2, 3]))
                trace.output("q", critic(states: states, actions: actions, Parameters(reading: arenas, in: trace)))
            }, state: store)
        try program.setInput(0, [1, -2, 3, 0.5, -1, 0, 4, 2])
        func values(_ actions: [Float]) throws -> [Float] {
            try program.setInput(1, actions)
            try program.run()
            return try program.output(0)
        }
        let same = try values([0.3, -0.7, 0.2, 0.3, -0.7, 0.2])
        let different = try values([0.3, -0.7, 0.2, -0.9, 0.4, 0.8])
        #expect(same[0] == same[1] && different[0] == same[0] && different[1] != same[1])
    }

    /// A weight of length 1 after weight normalisation is its direction; spectral normalisation starts near its σ, where 15
    /// power iterations from normal numbers end, as many as PyTorch makes.
    @Test func normalisedNetworksStartFromTheirWeights() throws {
        // No multiple of a vector's width.
        let size = 29
        for normalization in [Normalization.weight, .spectral] {
            var architecture = HyperNetwork.Architecture()
            architecture.primary.normalization = normalization
            architecture.primary.widths = [24, size]
            let list = SAHyperCritic(stateSize: 7, actionSize: 3, architecture: architecture).parameters
            var layout = StateLayout()
            let arenas = try NetworkArenas("critic", list, seeds: 2, members: 2, in: &layout)
            let store = try ReferenceBackend().makeState(layout)
            try store.initialize(arenas, list, seeds: [3, 4], network: 0)
            func values(_ name: String) throws -> [Float] {
                try store.floats(#require(layout.variables.first { $0.name == name }))
            }
            let name = "primary.2.residual.1.first"
            let weights = try values("critic.\(name).weight")
            // The last replica's matrix, [in, out].
            let matrix = (0..<size).map { row in
                weights.suffix(size * size).dropFirst(row * size).prefix(size).map { Double($0) }
            }
            if normalization == .weight {
                let lengths = try values("critic.\(name).magnitude").suffix(size)
                for (column, length) in lengths.enumerated() {
                    let norm = matrix.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
                    #expect(abs(Double(length) - norm) < 1e-6 * norm)
                }
            } else {
                let u = try values("critic_buffers.\(name).u").suffix(size).map { Double($0) }
                let v = try values("critic_buffers.\(name).v").suffix(size).map { Double($0) }
                let expected = powerIterations(
                    15, matrix, replica: 1, seed: 4,
                    parameter: try #require(list.specifications.firstIndex { $0.name == "\(name).weight" }))
                #expect(zip(u + v, expected.output + expected.input).allSatisfy { abs($0 - $1) < 1e-5 })
                let product = matrix.map { row in zip(row, u).reduce(0) { $0 + $1.0 * $1.1 } }
                let sigma = zip(product, v).reduce(0) { $0 + $1.0 * $1.1 }
                // Wᵀ(Wu)/|Wu|² = u for a singular pair; 15 iterations come near it, and no unit vectors give more than the norm.
                let norm = product.reduce(0) { $0 + $1 * $1 }.squareRoot()
                let others = (0..<200).map { trial -> Double in
                    let x = (0..<size).map { Double((trial * 31 + $0 * 17) % 101) - 50 }
                    let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
                    return matrix.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } / length }
                        .reduce(0) { $0 + $1 * $1 }.squareRoot()
                }
                #expect(abs(u.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5 && abs(v.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
                #expect(sigma > 0.97 * norm && sigma > (others.max() ?? .infinity))
            }
        }
    }

    /// Singular vectors by power iterations in Double, from the numbers that network 0 draws for a parameter's replica.
    private func powerIterations(
        _ count: Int, _ matrix: [[Double]], replica: Int, seed: UInt32, parameter: Int
    ) -> (input: [Double], output: [Double]) {
        func normalized(_ x: [Double]) -> [Double] {
            let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / length }
        }
        let stream = RandomStream(seed: seed, stream: .weights)
        var (input, output) = ([Double](), [Double]())
        output = normalized(
            matrix.indices.map {
                Double(stream.normal(step: UInt64(1 << 25 + parameter), lane: UInt32(replica * matrix.count + $0)))
            })
        for _ in 0..<count {
            input = normalized(matrix.map { row in zip(row, output).reduce(0) { $0 + $1.0 * $1.1 } })
            output = normalized(
                matrix.indices.map { column in zip(matrix, input).reduce(0) { $0 + $1.0[column] * $1.1 } })
        }
        return (input, output)
    }

    /// SAC's: primary weights within 1/√(2 fanIn), ordinary layers Xavier-uniform with zero biases.
    @Test func rangesAreThoseOfSAC() throws {
        var architecture = HyperNetwork.Architecture()
        architecture.primary.widths = [64]
        architecture.primaryFactor = 0.5.squareRoot()
        let hyper = try InitialRanges(
            SAHyperCritic(stateSize: 17, actionSize: 6, architecture: architecture).parameters)
        hyper.expect("primary.1.residual.1.first.weight", bound: 1 / (2.0 * 64).squareRoot())
        hyper.expect("primary.1.residual.1.first.bias", bound: 1 / 8)
        let mlp = try InitialRanges(MLPCritic(stateSize: 17, actionSize: 6, initialization: .xavier).parameters)
        mlp.expect("layers.0.weight", bound: (6 / Double(23 + 256)).squareRoot())
        mlp.expect("layers.0.bias", constant: 0)
        mlp.expect("layers.2.bias", constant: 0)
        // Means and log-deviations begin as layers of their own.
        let actor = try InitialRanges(GaussianActor(stateSize: 17, actionSize: 6).parameters)
        actor.expect("layers.2.weight", bound: (6 / Double(256 + 6)).squareRoot())
        actor.expect("layers.2.bias", constant: 0)
    }

    /// The authors' `torch.rand`: U[0, 1), other numbers for each twin and seed.
    @Test func embeddingsBeginBetweenZeroAndOne() throws {
        let list = EmbHyperCritic(stateSize: 2, actionSize: 1, architecture: small).parameters
        let seeds = [UInt32](0..<200)
        var layout = StateLayout()
        let arenas = try NetworkArenas("critic", list, seeds: seeds.count, members: 2, in: &layout)
        let store = try ReferenceBackend().makeState(layout)
        try store.initialize(arenas, list, seeds: seeds, network: 0)
        let values = try store.floats(#require(layout.variables.first { $0.name == "critic.embedding" }))
        #expect(values.count == 200 * 2 * 5 && Set(values).count > 1990)
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
        for tenth in 0..<10 { #expect((150...250).contains(values.count { Int($0 * 10) == tenth })) }
    }

    private var small: HyperNetwork.Architecture {
        var architecture = HyperNetwork.Architecture()
        architecture.primary.widths = [4]
        architecture.primary.blocks = 1
        architecture.hiddenSize = 3
        return architecture
    }

    @Test func aSeedsValuesDoNotDependOnOthers() throws {
        let (alone, aloneStore) = try initialized(.ours, seeds: [7])
        let (among, amongStore) = try initialized(.ours, seeds: [1, 7, 9])
        for (one, three) in zip(alone.variables, among.variables) {
            let count = one.type.count
            #expect(try aloneStore.floats(one) == Array(amongStore.floats(three)[count..<2 * count]), "\(one.name)")
        }
    }

    @Test func twinsAndParametersDiffer() throws {
        let (arena, store) = try initialized(.ours, seeds: [7])
        let wide = arena.variables.filter { $0.name.contains("residual.1.first.weight") }
        for variable in wide {
            let values = try store.floats(variable)
            #expect(values[..<(values.count / 2)] != values[(values.count / 2)...])
        }
        let one = try store.floats(#require(arena.variables.first { $0.name.contains("3.residual.1.first.weight") }))
        let two = try store.floats(#require(arena.variables.first { $0.name.contains("3.residual.2.first.weight") }))
        #expect(one != two)
    }
}
