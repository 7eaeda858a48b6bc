import HyperCPU
import HyperTestSupport
import Testing

@Suite struct RandomProgramTests {
    /// Random programs reach what cases of single ops cannot: fused chains, odd views, shared scratch, snapshots.
    @Test(arguments: 0..<200) func randomProgramsAgreeWithReference(_ seed: Int) throws {
        let backend = try CPUBackend(threads: 2)
        let found = try RandomProgram(seed: UInt32(seed)).disagreements(on: backend)
        #expect(found == [])
    }
}
