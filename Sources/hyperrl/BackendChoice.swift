import HyperCPU
import HyperCommandLine
import HyperOpenCL
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
            "--backend", "name", .choice(["auto", "cpu", "opencl", "reference"]), summary: "Where to compute.",
            defaultText: "auto", defaultNote: "a GPU if OpenCL finds one"),
        Option(
            "--device", "i", .integer(0...1024), summary: "OpenCL device to compute on; see 'hyperrl list devices'.",
            defaultNote: "the one that auto takes"),
        Option(
            "--threads", "n", .integer(1...1024), summary: "Threads on the CPU; results do not depend on it.",
            defaultNote: "as many as affinity and cgroup quota allow"),
    ]

    init(_ arguments: ParsedArguments) throws {
        let threads = arguments.optionalInteger("--threads")
        let device = arguments.optionalInteger("--device")
        var name = arguments.text("--backend")
        // A device is a wish for OpenCL; without one, auto takes a GPU or nothing of OpenCL.
        if name == "auto" { name = device != nil || OpenCLDevice.automatic() != nil ? "opencl" : "cpu" }
        if device != nil, name != "opencl" {
            throw CommandError(
                "Option '--device' belongs to '--backend opencl', not to '--backend \(name)'.", exitCode: .usage)
        }
        switch name {
        case "opencl":
            backend = try OpenCLBackend(OpenCLDevice.chosen(device))
            pool = WorkerPool(threads: threads ?? AvailableCores.ofThisProcess().count)
        case "reference":
            backend = ReferenceBackend()
            pool = WorkerPool(threads: threads ?? AvailableCores.ofThisProcess().count)
        default:
            let cpu = try CPUBackend(threads: threads)
            backend = cpu
            pool = cpu.pool
        }
    }
}
