import HyperModels
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
        architecture.primaryWidths = [64, 96, 128]
        let critic = SAHyperCritic(stateSize: 17, actionSize: 6, architecture: architecture)
        var layout = StateLayout()
        let arena = try layout.addArena("critic", critic.parameters.members(seeds: seeds.count, members: 2))
        let store = try ReferenceBackend().makeState(layout)
        try store.initialize(arena, critic.parameters, seeds: seeds, network: 0)
        return (arena, store)
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
        switch (initialization, isHead, isBias) {
        case (.ours, true, true): return 0
        case (.ours, true, false): return name.contains("dynamic.1") ? 0.05 : 0.008
        case (.ours, false, false): return 0.5 / Double(fanIn).squareRoot()
        case (.ours, false, true), (.pytorch, _, _): return 1 / Double(fanIn).squareRoot()
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

    /// SAC's: primary weights within 1/√(2 fanIn), ordinary layers Xavier-uniform with zero biases.
    @Test func rangesAreThoseOfSAC() throws {
        var architecture = HyperNetwork.Architecture()
        architecture.primaryWidths = [64]
        architecture.primaryFactor = 0.5.squareRoot()
        let hyper = try largest(SAHyperCritic(stateSize: 17, actionSize: 6, architecture: architecture).parameters)
        expect(hyper["primary.1.residual.1.first.weight"], bound: 1 / (2.0 * 64).squareRoot())
        expect(hyper["primary.1.residual.1.first.bias"], bound: 1 / 8)
        let mlp = try largest(MLPCritic(stateSize: 17, actionSize: 6, initialization: .xavier).parameters)
        expect(mlp["layers.0.weight"], bound: (6 / Double(23 + 256)).squareRoot())
        #expect(mlp["layers.0.bias"] == 0 && mlp["layers.2.bias"] == 0)
        // Means and log-deviations begin as layers of their own.
        let actor = try largest(GaussianActor(stateSize: 17, actionSize: 6).parameters)
        expect(actor["layers.2.weight"], bound: (6 / Double(256 + 6)).squareRoot())
        #expect(actor["layers.2.bias"] == 0)
    }

    /// The largest magnitude of every parameter.
    private func largest(_ list: ParameterList) throws -> [String: Double] {
        var layout = StateLayout()
        let arena = try layout.addArena("network", list.members(seeds: 1, members: 2))
        let store = try ReferenceBackend().makeState(layout)
        try store.initialize(arena, list, seeds: [5], network: 0)
        return try Dictionary(
            uniqueKeysWithValues: arena.variables.map { variable in
                (
                    String(variable.name.dropFirst("network.".count)),
                    try store.floats(variable).map { Double(abs($0)) }.max() ?? 0
                )
            })
    }

    private func expect(_ value: Double?, bound: Double) {
        guard let value else { return #expect(Bool(false), "no such parameter") }
        #expect(value <= bound * (1 + 1e-6) && value >= 0.97 * bound, "\(value), bound \(bound)")
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
