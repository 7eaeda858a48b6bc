import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// Random programs hold what they promise, and no pass changes what they compute.
@Suite struct RandomProgramTests {
    /// Seeds of the suite, in pieces that threads share.
    private static let seeds: [Range<UInt32>] = (0..<40).map { (piece: UInt32) in 50 * piece..<50 * piece + 50 }

    @Test(arguments: seeds) func schedulesKeepTheMeaning(_ seeds: Range<UInt32>) throws {
        for seed in seeds {
            let specimen = try RandomProgram(seed: seed).specimen()
            for check in [ProgramCheck.simplification, .schedule, .foldedSchedule, .groupedSchedule] {
                let verdict = try check.verdict(specimen)
                let lines = (verdict.disagreements + verdict.unstable).map(\.description).joined(separator: "\n")
                // In double precision no result of these seeds hangs on rounding.
                #expect(lines.isEmpty, "seed \(seed), \(check.name); shrink it with tools/fuzz-programs:\n\(lines)")
            }
        }
    }

    @Test func equalSeedsGiveEqualPrograms() throws {
        for seed in [0, 6, 19] as [UInt32] {
            let (first, second) = (try RandomProgram(seed: seed), try RandomProgram(seed: seed))
            #expect(first.program.nodes.map(\.op) == second.program.nodes.map(\.op))
            #expect(first.inputs == second.inputs)
        }
    }

    /// What programs do not have the suite does not test.
    @Test func programsHaveEveryOpAndPattern() throws {
        var kinds: [Op.Kind: Int] = [:]
        var patterns: [ProgramPattern: Int] = [:]
        for seed in Self.seeds.joined() {
            let found = ProgramPatterns(try RandomProgram(seed: seed).program)
            kinds.merge(found.kinds) { $0 + $1 }
            patterns.merge(found.patterns) { $0 + $1 }
        }
        for kind in Op.Kind.allCases {
            let count = kinds[kind, default: 0]
            #expect(count >= 100, "\(kind): \(count)")
        }
        for pattern in ProgramPattern.allCases {
            let count = patterns[pattern, default: 0]
            #expect(count >= 100, "\(pattern): \(count)")
        }
    }

    /// Numbers that overflow or cancel would make every comparison worthless.
    @Test(arguments: seeds.prefix(4)) func numbersStayTame(_ seeds: Range<UInt32>) throws {
        var largest = 0.0
        for seed in seeds {
            for result in try RandomProgram(seed: seed).specimenOfAllValues().expected() {
                let magnitude = result.values.map(\.magnitude).max() ?? 0
                #expect(magnitude < 1e4, "seed \(seed), \(result.label): \(magnitude)")
                largest = max(largest, magnitude)
            }
        }
        #expect(largest > 4)
    }

    /// Joined programs compute what each of them computes.
    @Test func joinedProgramsStayTheSame() throws {
        let specimens = try (0..<4 as Range<UInt32>).map { try RandomProgram(seed: $0).specimen() }
        let joined = try ProgramSpecimen.joined(specimens).expected().filter { $0.label.contains("output") }
        let apart = try specimens.map { try $0.expected().filter { $0.label.contains("output") } }
        let outputs = apart.map { $0.count / 2 }
        for run in 0..<2 {
            let together = joined[(run * joined.count / 2)..<((run + 1) * joined.count / 2)].map(\.values)
            let alone = zip(apart, outputs).flatMap { $0[(run * $1)..<((run + 1) * $1)].map(\.values) }
            #expect(together == alone)
        }
    }
}
