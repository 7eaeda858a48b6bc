import Glibc

/// What the program is called with.
struct FuzzArguments {
    enum Backend: String, CaseIterable {
        /// The schedule, in double precision.
        case schedule
        case cpu, opencl
    }

    static let usage = "Usage: tools/fuzz-programs [--seconds N] [--seed S] [--backend schedule|cpu|opencl]"

    var seconds = 60
    /// The first seed; the next ones follow it.
    var seed: UInt32
    var backend = Backend.schedule

    /// - Throws: `FuzzError` that says what is wrong.
    init(_ words: ArraySlice<String>) throws {
        // Fresh seeds each time, unless one is asked for.
        seed = UInt32(truncatingIfNeeded: time(nil)) &* 2_654_435_761
        var rest = words
        while let option = rest.popFirst() {
            guard ["--seconds", "--seed", "--backend"].contains(option) else {
                throw FuzzError("'\(option)' is no option")
            }
            guard let word = rest.popFirst() else { throw FuzzError("\(option) needs a value") }
            switch option {
            case "--seconds":
                guard let number = Int(word), number > 0 else { throw FuzzError("--seconds takes a number from 1") }
                seconds = number
            case "--seed":
                guard let number = UInt32(word) else {
                    throw FuzzError("--seed takes a number from 0 to \(UInt32.max)")
                }
                seed = number
            default:
                guard let choice = Backend(rawValue: word) else {
                    throw FuzzError("--backend takes \(Backend.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                backend = choice
            }
        }
    }
}

struct FuzzError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A line for people, on stderr: stdout has findings alone.
func report(_ line: String) {
    let text = "fuzz-programs: \(line)\n"
    _ = text.withCString { write(2, $0, strlen($0)) }
}
