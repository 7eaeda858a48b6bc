import HyperBenchmarks
import HyperCPU
import HyperCommandLine
import HyperFormats
import HyperOpenCL

/// The program: all commands, and how their errors are told.
let benchmarkProgram = Program(
    root: Command(
        "hyperbench", summary: "Measures where the time of training goes.",
        examples: [
            Example(
                "hyperbench step --algo td3 --critic sa-hyper --env HalfCheetah-v2",
                summary: "Times a gradient step and its phases."),
            Example(
                "hyperbench kernels --only matmul", summary: "Compares matrix products with what the device can do."),
        ],
        subcommands: [
            stepCommand, loopCommand, kernelsCommand, rooflineCommand, compileCommand, tuneCommand, table3Command,
        ]),
    version: "0.1.0", explain: explanation)

/// Message and exit status of the libraries' errors; nil for an error that has no status of its own.
@Sendable private func explanation(of error: any Error) -> CommandError? {
    switch error {
    case let error as FormatError: CommandError(error.description, exitCode: .badData)
    case let error as FileWriteError: CommandError(error.description, exitCode: .cannotCreate)
    case let error as CPUError: CommandError("\(error)", exitCode: .unavailable)
    case let error as OpenCLError: CommandError("\(error)", exitCode: error.isUnavailable ? .unavailable : .failure)
    default: nil
    }
}
