import Glibc
import HyperCPU
import HyperOpenCL
import HyperTestSupport

/// Looks for programs that are computed wrongly until the time is up.
struct ProgramFuzzer {
    /// More findings than these are the same ones again.
    private static let mostFindings = 10

    private let arguments: FuzzArguments
    private let checks: [ProgramCheck]
    private let end: timespec

    /// - Throws: The backend's error, if there is none.
    init(_ arguments: FuzzArguments) throws {
        self.arguments = arguments
        switch arguments.backend {
        case .schedule: checks = [.simplification, .schedule, .foldedSchedule, .groupedSchedule]
        case .cpu: checks = [.backend(try CPUBackend(threads: 2))]
        case .opencl: checks = [.backend(try OpenCLBackend(Self.device()))]
        }
        var now = Self.now
        now.tv_sec += arguments.seconds
        end = now
    }

    /// - Returns: How many programs are computed wrongly.
    func run() throws -> Int {
        Crash.report()
        var (programs, findings, lastReport) = (0, 0, Self.now.tv_sec)
        var seed = arguments.seed
        report("from seed \(seed), \(arguments.seconds) seconds, \(checks.map(\.name).joined(separator: ", "))")
        while !isTimeUp, findings < Self.mostFindings {
            Crash.prepare(seed)
            let specimen = try RandomProgram(seed: seed).specimen()
            for check in checks {
                let found = try check.disagreements(specimen)
                guard !found.isEmpty else { continue }
                findings += 1
                report("seed \(seed): \(check.name) disagrees; shrinking \(specimen.program.nodes.count) nodes")
                tell(seed, check, specimen)
                break
            }
            programs += 1
            seed &+= 1
            if Self.now.tv_sec >= lastReport + 10 {
                lastReport = Self.now.tv_sec
                report("\(programs) programs, \(findings) wrong")
            }
        }
        report("\(programs) programs, \(findings) wrong")
        return findings
    }

    /// Prints a program that is as small as it can be made in reasonable time.
    private func tell(_ seed: UInt32, _ check: ProgramCheck, _ specimen: ProgramSpecimen) {
        // Shrinking has some time of its own, so that a finding of the last second is not left large.
        let limit = Self.now.tv_sec + 120
        let small = ProgramShrinker.shrink(specimen) { candidate in
            Self.now.tv_sec < limit && (try? check.disagreements(candidate).isEmpty) == false
        }
        print(
            "seed \(seed), \(check.name): of \(specimen.program.nodes.count) nodes are left \(small.program.nodes.count)"
        )
        print(small.program)
        for found in (try? check.disagreements(small)) ?? [] { print("  \(found)") }
        print()
        fflush(nil)
    }

    /// The GPU, or any device if there is none.
    private static func device() throws -> OpenCLDevice {
        if let gpu = OpenCLDevice.automatic() { return gpu }
        return try OpenCLDevice.all().first ?? OpenCLDevice.chosen(nil)
    }

    private var isTimeUp: Bool { Self.now.tv_sec >= end.tv_sec }

    private static var now: timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now
    }
}

/// Says which seed was at work when a precondition failed.
enum Crash {
    /// A line of at most 63 bytes, written before it is needed: in a handler of signals nothing may be allocated.
    nonisolated(unsafe) private static let line = UnsafeMutablePointer<CChar>.allocate(capacity: 64)
    nonisolated(unsafe) private static var length = 0

    static func prepare(_ seed: UInt32) {
        let text = "fuzz-programs: crash at seed \(seed)\n".utf8
        for (index, byte) in text.enumerated() { line[index] = CChar(bitPattern: byte) }
        length = text.count
    }

    /// The line, then the signal's own end.
    static func report() {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            signal(number) { number in
                _ = write(2, Crash.line, Crash.length)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
