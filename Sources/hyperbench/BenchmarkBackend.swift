import HyperCPU
import HyperCommandLine
import HyperParallel
import HyperTensor

/// What is measured, as the options say.
struct BenchmarkBackend {
    let backend: any Backend
    /// The threads for environments.
    let pool: WorkerPool
    /// Whether the backend computes with these threads.
    let computesOnPool: Bool

    static let options = [
        Option(
            "--backend", "name", .choice(["auto", "cpu"]), summary: "What to measure.", defaultText: "auto",
            defaultNote: "the fastest there is"),
        Option("--threads", "n", .integer(1...1024), summary: "Threads on the CPU.", defaultNote: "all cores"),
    ]

    init(_ arguments: ParsedArguments) throws {
        let cpu = try CPUBackend(threads: arguments.optionalInteger("--threads"))
        backend = cpu
        pool = cpu.pool
        computesOnPool = true
    }
}
