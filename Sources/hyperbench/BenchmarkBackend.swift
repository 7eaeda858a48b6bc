import HyperBenchmarks
import HyperCPU
import HyperCommandLine
import HyperOpenCL
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
            "--backend", "name", .choice(["auto", "cpu", "opencl"]), summary: "What to measure.", defaultText: "auto",
            defaultNote: "a GPU if OpenCL finds one"),
        Option(
            "--device", "i", .integer(0...1024), summary: "OpenCL device to measure; see 'hyperrl list devices'.",
            defaultNote: "the one that auto takes"),
        Option(
            "--threads", "n", .integer(1...1024), summary: "Threads on the CPU.",
            defaultNote: "as many as affinity and cgroup quota allow"),
    ]

    init(_ arguments: ParsedArguments) throws {
        let threads = arguments.optionalInteger("--threads")
        let device = arguments.optionalInteger("--device")
        var name = arguments.text("--backend")
        if name == "auto" { name = device != nil || OpenCLDevice.automatic() != nil ? "opencl" : "cpu" }
        if device != nil, name != "opencl" {
            throw CommandError(
                "Option '--device' belongs to '--backend opencl', not to '--backend \(name)'.", exitCode: .usage)
        }
        if name == "opencl" {
            backend = try OpenCLBackend(OpenCLDevice.chosen(device))
            pool = WorkerPool(threads: threads ?? AvailableCores.ofThisProcess().count)
            computesOnPool = false
        } else {
            let cpu = try CPUBackend(threads: threads)
            backend = cpu
            pool = cpu.pool
            computesOnPool = true
        }
    }

    /// What the device can do at best.
    func roofline(seconds: Double) throws -> Roofline {
        try Roofline(backend: backend, pool: computesOnPool ? pool : nil, seconds: seconds)
    }
}
