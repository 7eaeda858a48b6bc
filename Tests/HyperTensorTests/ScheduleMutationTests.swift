import Foundation
import HyperReference
import HyperTestSupport
import Testing

@testable import HyperTensor

/// Mistakes made on purpose, behind every pass: the verifier tells, or the interpreter of schedules does.
///
/// What computes the right numbers whatever it is given is no mistake: a shift within zeros, an old version that equals the new one. Such
/// changes are counted, and must be few.
///
/// `tools/mutate-schedules` does the same with seeds of the caller's choice.
@Suite struct ScheduleMutationTests {
    private static let seed = ProcessInfo.processInfo.environment["HYPERRL_MUTATION_SEED"].flatMap(UInt32.init) ?? 0
    private static let programs =
        ProcessInfo.processInfo.environment["HYPERRL_MUTATION_PROGRAMS"].flatMap(UInt32.init) ?? 24
    /// Mistakes of each kind behind each pass of each program.
    private static let mistakes = 3

    private enum Finding: String { case verifier, interpreter, nothing = "without effect" }

    @Test func everyMistakeIsFound() throws {
        var found: [String: Int] = [:]
        var made = 0
        for seed in Self.seed..<(Self.seed + Self.programs) {
            let random = try RandomProgram(seed: seed, opCount: 16)
            let expected = try random.specimen().expected()
            for (pass, schedule) in Schedule.stages(of: random.program, for: .everything) {
                #expect(
                    ScheduleVerifier.problems(in: schedule, after: pass) == [],
                    "seed \(seed), \(pass), without a mistake")
                for mutation in ScheduleMutation.allCases {
                    for number in 0..<Self.mistakes {
                        var choices = MutationChoices(seed: seed &* 1000 &+ UInt32(number))
                        guard let (mutant, place) = mutation.apply(to: schedule, after: pass, &choices) else {
                            continue
                        }
                        let finding = try Self.finding(mutant, after: pass, random, expected)
                        made += 1
                        found[finding.rawValue, default: 0] += 1
                        let label = "seed \(seed), \(pass), \(mutation.rawValue) \(number): \(place)"
                        if finding == .nothing { print(label) }
                        let isOrder = mutation == .dropDependency || mutation == .reuseLiveBuffer
                        #expect(finding != .nothing || !isOrder, "\(label)")
                    }
                }
            }
        }
        print(
            "mutations of schedules: \(made) made, \(found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
        )
        #expect(made > 30 * Int(Self.programs) && found["without effect", default: 0] < made / 50)
    }

    private static func finding(
        _ mutant: Schedule, after pass: SchedulePass, _ random: RandomProgram, _ expected: [ProgramResult]
    ) throws -> Finding {
        if !ScheduleVerifier.problems(in: mutant, after: pass).isEmpty { return .verifier }
        let whole = mutant.continued(after: pass, for: .everything)
        if !ScheduleVerifier.problems(in: whole, after: .buffers).isEmpty { return .verifier }
        if try differs(random.specimen(), whole, expected) { return .interpreter }
        for turn in 1...3 {
            let other = try turned(random.specimen(), by: turn)
            if try differs(other, whole, other.expected()) { return .interpreter }
        }
        return .nothing
    }

    private static func differs(
        _ specimen: ProgramSpecimen, _ schedule: Schedule, _ expected: [ProgramResult]
    ) throws -> Bool {
        let tolerance = Tolerance(relative: 1e-12, absolute: 1e-12)
        return zip(try specimen.scheduled(schedule), expected).contains { $0.disagreement(with: $1, tolerance) != nil }
    }

    /// The same program on other numbers: every input and variable has its own moved on by some elements.
    private static func turned(_ specimen: ProgramSpecimen, by turn: Int) throws -> ProgramSpecimen {
        func turned(_ values: [Double]) -> [Double] {
            let step = values.isEmpty ? 0 : (7 * turn) % values.count
            return Array(values[step...] + values[..<step])
        }
        var initial = specimen.initial
        for variable in specimen.layout.variables where !variable.arena.contains("scale") {
            try initial.set(variable, to: turned(try initial.values(of: variable)))
        }
        return ProgramSpecimen(
            program: specimen.program, layout: specimen.layout,
            inputs: specimen.program.inputs.map { input in
                let values = specimen.inputs[input.name] ?? []
                return input.name == "scale" ? values : turned(values)
            }, initial: initial)
    }
}
