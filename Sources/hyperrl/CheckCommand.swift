import HyperCPU
import HyperCommandLine
import HyperExperiments
import HyperOpenCL
import HyperReference
import HyperTensor

let checkCommand = Command(
    "check", summary: "Checks a backend against double precision and against the CPU backend.",
    arguments: [
        Argument(
            "what", .choice(["kernels", "training"]), summary: "Single kernels, or a hundred updates of each algorithm."
        )
    ],
    options: [
        Option(
            "--largest", "n", .integer(1...1_000_000_000), summary: "Leave out cases with a tensor of more elements.",
            defaultNote: "none"),
        Option(flag: "--stateless", summary: "Leave out cases that read or change state variables."),
        Option(
            "--only", "text", .text, summary: "Leave out cases whose name does not contain the text.",
            defaultNote: "none"),
    ] + BackendChoice.options,
    examples: [
        Example(
            "hyperrl check kernels --backend opencl --device 0",
            summary: "Runs every kernel of a device at edge shapes."),
        Example("hyperrl check training --backend opencl", summary: "Trains on a GPU and on the CPU and compares."),
    ]
) { arguments, output in
    let backend = try BackendChoice(arguments).backend
    try output.writeLine("checking \(backend.device.name)")
    let failures: Int
    switch arguments.text("what") {
    case "kernels":
        failures = try checkKernels(
            backend, largest: arguments.optionalInteger("--largest"), only: arguments.optionalText("--only"),
            isStateless: arguments.flag("--stateless"), output)
    default: failures = try checkTraining(backend, output)
    }
    try output.writeLine(failures == 0 ? "all checks passed" : "\(failures) checks failed")
    return failures == 0 ? .success : .failure
}

/// One line for each case; the number of cases that disagree with the interpreter.
private func checkKernels(
    _ backend: any Backend, largest: Int?, only: String?, isStateless: Bool, _ output: OutputWriter
) throws -> Int {
    var (failures, left) = (0, 0)
    for op in OpCase.all + OpCase.edgeShapes {
        let sizes = try op.program().nodes.map(\.type.count) + op.layout().variables.map(\.type.count)
        if (sizes.max() ?? 0) > largest ?? .max || only.map({ !op.name.contains($0) }) ?? false
            || isStateless && !op.arenas.isEmpty
        {
            left += 1
            continue
        }
        let lines = try op.disagreements(on: backend)
        try output.writeLine(lines.isEmpty ? "ok    \(op.name)" : "WRONG \(lines.joined(separator: "\n      "))")
        // Whoever ends a long check keeps what it has found.
        try output.flush()
        failures += lines.isEmpty ? 0 : 1
    }
    if left > 0 { try output.writeLine("left out: \(left) cases") }
    if let openCL = backend as? OpenCLBackend {
        for (kernel, count) in openCL.kernelUses.sorted(by: { $0.key < $1.key }) {
            try output.writeLine("kernel \(kernel): in \(count) programs")
            // Cases that were left out may be all that there are for a kernel.
            if count == 0, left == 0 { failures += 1 }
        }
    }
    return failures
}

private func checkTraining(_ backend: any Backend, _ output: OutputWriter) throws -> Int {
    var failures = 0
    for check in try BackendParity.checks(of: backend, against: CPUBackend()) {
        try output.writeLine(
            "\(check.holds ? "ok   " : "WRONG") \(check.name): \(check.value) (at most \(check.limit))")
        failures += check.holds ? 0 : 1
    }
    return failures
}
