import HyperCPU
import HyperTestSupport
import Testing

@Suite struct RandomProgramTests {
    /// Random programs reach what cases of single ops cannot: fused chains, odd views, shared scratch, snapshots. Pieces of the seeds
    /// take turns in instruction sets and threads.
    @Test(arguments: 0..<40) func randomProgramsAgreeWithReference(_ piece: Int) throws {
        let levels = CPULevel.supported
        let backend = try CPUBackend(threads: 1 + piece % 2, level: levels[piece / 2 % levels.count])
        let check = ProgramCheck.backend(backend)
        var unstable = 0
        for seed in piece * 75..<(piece + 1) * 75 {
            let verdict = try check.verdict(try RandomProgram(seed: UInt32(seed)).specimen())
            let lines = verdict.disagreements.map(\.description).joined(separator: "\n")
            #expect(
                lines.isEmpty, "seed \(seed), \(backend.level.rawValue); shrink it with tools/fuzz-programs:\n\(lines)")
            unstable += verdict.unstable.isEmpty ? 0 : 1
        }
        // More would be an excuse for mistakes.
        #expect(unstable <= 1)
    }
}
