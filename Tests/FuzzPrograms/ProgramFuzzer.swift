import Glibc
import HyperCPU
import HyperOpenCL
import HyperTestSupport

/// Looks for programs that are computed wrongly until the time is up.
struct ProgramFuzzer {
    /// More findings than these are the same ones again.
    private static let mostFindings = 10
    /// Seconds that shrinking may take, beyond those of the search.
    private static let shrinkingTime = 120
    private static let failure: Int32 = 70

    private let arguments: FuzzArguments
    private let end: Int

    init(_ arguments: FuzzArguments) {
        self.arguments = arguments
        end = Self.now + arguments.seconds
    }

    /// - Returns: How many programs are computed wrongly or crash.
    /// - Throws: `FuzzError` if programs cannot be run at all.
    func run() throws -> Int {
        report("from seed \(arguments.seed), \(arguments.seconds) seconds, \(arguments.backend.rawValue)")
        let counts = try SharedCounts.make(seed: arguments.seed)
        while Self.now < end, counts.pointee.findings < Self.mostFindings {
            switch try ChildProcess.run({ search(counts) }) {
            case .returned(0): break
            case .returned: throw FuzzError("no programs can be run")
            case .crashed:
                counts.pointee.findings += 1
                try tellCrash(counts.pointee.seed)
                counts.pointee.seed &+= 1
            }
        }
        report("\(counts.pointee.programs) programs, \(counts.pointee.findings) wrong")
        return counts.pointee.findings
    }

    // MARK: In children

    /// Only children have backends: their threads do not survive a fork.
    private func checks() throws -> [ProgramCheck] {
        switch arguments.backend {
        case .schedule: return [.simplification, .schedule, .foldedSchedule, .groupedSchedule]
        case .cpu: return [.backend(try CPUBackend(threads: 2))]
        case .opencl:
            // The GPU, or any device if there is none.
            let device = try OpenCLDevice.automatic() ?? OpenCLDevice.all().first ?? OpenCLDevice.chosen(nil)
            return [.backend(try OpenCLBackend(device))]
        }
    }

    /// Runs seed after seed.
    private func search(_ counts: UnsafeMutablePointer<SharedCounts>) -> Int32 {
        do {
            let checks = try checks()
            var lastReport = Self.now
            while Self.now < end, counts.pointee.findings < Self.mostFindings {
                let seed = counts.pointee.seed
                let specimen = try RandomProgram(seed: seed).specimen()
                for check in checks where try !check.disagreements(specimen).isEmpty {
                    counts.pointee.findings += 1
                    tell(seed, check, specimen)
                    break
                }
                counts.pointee.programs += 1
                counts.pointee.seed &+= 1
                if Self.now >= lastReport + 10 {
                    lastReport = Self.now
                    report("\(counts.pointee.programs) programs, \(counts.pointee.findings) wrong")
                }
            }
            return 0
        } catch {
            report("\(error)")
            return Self.failure
        }
    }

    private func tell(_ seed: UInt32, _ check: ProgramCheck, _ specimen: ProgramSpecimen) {
        report("seed \(seed): \(check.name) disagrees; shrinking \(specimen.program.nodes.count) nodes")
        let limit = Self.now + Self.shrinkingTime
        let small = ProgramShrinker.shrink(specimen) { candidate in
            Self.now < limit && (try? check.disagreements(candidate).isEmpty) == false
        }
        print(
            "seed \(seed), \(check.name): \(small.program.nodes.count) nodes of \(specimen.program.nodes.count) are left"
        )
        print(small.program)
        for found in (try? check.disagreements(small)) ?? [] { print("  \(found)") }
        print()
    }

    // MARK: Crashes

    private func tellCrash(_ seed: UInt32) throws {
        let specimen = try RandomProgram(seed: seed).specimen()
        report("seed \(seed) crashes; shrinking \(specimen.program.nodes.count) nodes")
        let limit = Self.now + Self.shrinkingTime
        let small = ProgramShrinker.shrink(specimen) { Self.now < limit && crashes($0, isQuiet: true) }
        print("seed \(seed), crash: \(small.program.nodes.count) nodes of \(specimen.program.nodes.count) are left")
        print(small.program)
        print()
        // Once more for what it says.
        _ = crashes(small, isQuiet: false)
    }

    private func crashes(_ specimen: ProgramSpecimen, isQuiet: Bool) -> Bool {
        let end = try? ChildProcess.run(isQuiet: isQuiet) {
            for check in (try? checks()) ?? [] { _ = try? check.disagreements(specimen) }
            return 0
        }
        return end == .crashed
    }

    /// Seconds of a clock that nobody sets.
    private static var now: Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec
    }
}
