import HyperCPU
import HyperCommandLine
import HyperParallel
import HyperReference
import HyperTensor

/// Where a command computes, as its options say.
struct BackendChoice {
    let backend: any Backend
    /// The threads for environments; the backend's own where it has some.
    let pool: WorkerPool

    /// The options that a command with a backend has.
    static let options = [
        Option(
            "--backend", "name", .choice(["auto", "cpu", "reference"]), summary: "Where to compute.",
            defaultText: "auto", defaultNote: "the fastest there is"),
        Option(
            "--threads", "n", .integer(1...1024), summary: "Threads on the CPU; results do not depend on it.",
            defaultNote: "all cores"),
    ]

    init(_ arguments: ParsedArguments) throws {
        let threads = arguments.optionalInteger("--threads")
        switch arguments.text("--backend") {
        case "reference":
            backend = ReferenceBackend()
            pool = WorkerPool(threads: threads ?? CPUBackend.availableCores)
        default:
            let cpu = try CPUBackend(threads: threads)
            backend = cpu
            pool = cpu.pool
        }
    }
}
