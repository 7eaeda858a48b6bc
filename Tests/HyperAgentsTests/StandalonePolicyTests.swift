import HyperCPU
import HyperTensor
import Testing

@testable import HyperAgents

/// A policy without its learner holds nothing else and acts to the bit as the agent's own does.
@Suite struct StandalonePolicyTests {
    @Test(arguments: TestedAlgorithm.all, [1, 3]) func actsAsTheAgentDoes(
        _ algorithm: TestedAlgorithm, _ seeds: Int
    ) throws {
        let (stateSize, actionSize, batch) = (11, 3, 5)
        let configuration = try SmallRun(algorithm: algorithm, critic: .saHyper).configuration()
        let backend = try CPUBackend(threads: 2)
        let agent = try configuration.makeAgent(
            stateSize: stateSize, actionSize: actionSize, actionLimit: 0.75, seeds: (0..<UInt32(seeds)).map { $0 + 7 },
            backend: backend)
        let alone = try configuration.makeStandalonePolicy(
            stateSize: stateSize, actionSize: actionSize, actionLimit: 0.75, seeds: seeds, backend: backend)
        #expect(alone.state.layout.arenas.map(\.name) == ["actor"])
        #expect(alone.arenas == alone.state.layout.arenas)
        for variable in alone.arenas.flatMap(\.variables) {
            let own = try #require(agent.learner.weightArenas.flatMap(\.variables).first { $0.name == variable.name })
            try alone.state.write(agent.state.floats(own), to: variable)
        }
        let observations = (0..<seeds * batch * stateSize).map { Float($0 * 37 % 101) / 50 - 1 }
        func actions(_ policy: any Policy) throws -> [Float] {
            let count = seeds * batch * actionSize
            return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                try observations.withUnsafeBufferPointer {
                    try policy.act($0, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                }
                initialized = count
            }
        }
        let expected = try actions(agent.makePolicy(batch: batch))
        #expect(try actions(alone.makePolicy(batch: batch)) == expected)
        #expect(Set(expected).count > expected.count / 2 && expected.allSatisfy { abs($0) <= 0.75 })
    }

}
