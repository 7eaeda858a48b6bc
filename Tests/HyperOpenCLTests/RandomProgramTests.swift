import HyperTestSupport
import Testing

@testable import HyperOpenCL

extension OpenCLTests {
    @Suite struct RandomProgramTests {
        /// Programs of random ops with state and effects, which cases of single ops cannot show. Ten programs are joined to one, because
        /// kernels are compiled for each.
        @Test(arguments: 0..<10) func randomProgramsAgreeWithReference(_ piece: Int) throws {
            let seeds = UInt32(piece * 10)..<UInt32((piece + 1) * 10)
            let joined = try ProgramSpecimen.joined(
                try seeds.map { try RandomProgram(seed: $0, opCount: 10).specimen() })
            // Every other piece prepares its program, and then runs what depends on half of the inputs.
            let names = joined.program.inputs.map(\.name)
            let varying = piece % 2 == 0 ? nil : Set(names.indices.filter { $0 % 2 == 0 }.map { names[$0] })
            let backend = try TestDevice.backend(cache: ProgramCache(folder: nil))
            let verdict = try ProgramCheck.backend(backend, varying: varying).verdict(joined)
            let lines = verdict.disagreements.map(\.description).joined(separator: "\n")
            #expect(lines.isEmpty, "programs of seeds \(seeds):\n\(lines)")
            // More would be an excuse for mistakes.
            #expect(verdict.unstable.count <= 4)
        }

        /// What the device executes, in double precision: groups, pieces and rectified operands as they are.
        @Test(arguments: 0..<4) func schedulesKeepTheMeaning(_ piece: Int) throws {
            let check = ProgramCheck.schedule(
                "OpenCL's schedule", for: OpenCLBackend.target(split: ProductSplit(minimumDepth: 2)))
            for seed in UInt32(piece * 50)..<UInt32((piece + 1) * 50) {
                let found = try check.disagreements(try RandomProgram(seed: seed).specimen())
                #expect(found.isEmpty, "seed \(seed): \(found)")
            }
        }
    }
}
