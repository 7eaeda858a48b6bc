import Foundation
import HyperCommandLine
import HyperFormats
import Testing

@testable import hyperbench

/// Runs a command line inside the test.
private func run(_ words: [String]) throws -> (exitCode: ExitCode, output: String, error: String) {
    let path = NSTemporaryDirectory() + "hyperbench-\(UUID().uuidString)"
    defer { unlink(path) }
    let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var error = ""
    let exitCode = benchmarkProgram.run(words, output: OutputWriter(descriptor: descriptor)) { error += $0 + "\n" }
    return (exitCode, try String(contentsOfFile: path, encoding: .utf8), error)
}

/// The help of every command equals its stored copy. After a change that is meant, store what `hyperbench … --help` prints.
@Test(arguments: ["", "step", "loop", "kernels", "roofline", "compile", "tune", "table3"])
func helpEqualsItsStoredCopy(_ command: String) throws {
    let name = command.isEmpty ? "help-hyperbench" : "help-\(command)"
    let path = try #require(Bundle.module.path(forResource: name, ofType: "txt", inDirectory: "Fixtures"))
    let result = try run(command.isEmpty ? ["--help"] : [command, "--help"])
    #expect(result.output == (try String(contentsOfFile: path, encoding: .utf8)))
    #expect(result.exitCode == .success && result.error.isEmpty)
}

@Test(
    arguments: [
        (["step", "--algo", "td4"], 64, "Did you mean 'td3'?"),
        (["step", "--critic", "sa-hiper"], 64, "Did you mean 'sa-hyper' or 'as-hyper'?"),
        (["step", "--env", "Hoper-v2"], 64, "Did you mean 'Hopper-v2'?"),
        (["step", "--backend", "gpu"], 64, "'gpu'"),
        (["step", "--seeds", "0"], 64, "out of range (1 to 1024)"),
        (["step", "--secnds", "1"], 64, "Did you mean '--seconds' or '--seeds'?"),
        (["step", "--backend", "cpu", "--device", "0"], 64, "'--device' belongs to '--backend opencl'"),
        (["step", "--backend", "opencl", "--device", "1000"], 69, "no device 1000"),
        (["tune", "--device", "1000"], 69, "no device 1000"),
        (["tune", "--output", "/proc/none/tuning.json", "--device", "1000"], 73, "/proc/none"),
        (["tune", "--critic", "sa-hiper"], 64, "Did you mean 'sa-hyper' or 'as-hyper'?"),
        (["rooflin"], 64, "Did you mean 'roofline'?"),
        (["compile", "--nodes", "10"], 64, "out of range (100 to 100000)"),
        (
            ["kernels", "--only", "no such kernel", "--critic", "mlp-standard", "--seconds", "0.001"], 64,
            "no such kernel"
        ),
        (
            ["step", "--critic", "mlp-standard", "--env", "Hopper-v2", "--replay", "200", "--seconds", "0.05"]
                + ["--trace", "/proc/none/trace.json"],
            73, "/proc/none/trace.json"
        ),
    ] as [([String], Int32, String)])
func errorsAreOneLineWithAStatus(_ words: [String], _ exitCode: Int32, _ message: String) throws {
    let result = try run(words)
    #expect(result.exitCode.rawValue == exitCode)
    #expect(result.output.isEmpty)
    #expect(result.error.hasPrefix("Error: ") && result.error.contains(message), "\(result.error)")
    #expect(result.error.filter { $0 == "\n" }.count == 1)
}

@Test func aStepIsOneLineOfJSONAndLeavesATrace() throws {
    let trace = NSTemporaryDirectory() + "hyperbench-\(UUID().uuidString).json"
    defer { unlink(trace) }
    let result = try run(
        ["step", "--critic", "mlp-standard", "--env", "Hopper-v2", "--replay", "200", "--seconds", "0.1", "--json"]
            + ["--threads", "1", "--trace", trace])
    #expect(result.exitCode == .success && result.error.isEmpty)
    #expect(result.output.filter { $0 == "\n" }.count == 1)
    #expect(try JSONValue(parsing: Array(result.output.utf8))["critic"] == "mlp-standard")
    #expect(try JSONValue(contentsOf: trace)["traceEvents"]?.asArray?.isEmpty == false)
}

@Test func compilingIsOneLineOfJSON() throws {
    let result = try run(["compile", "--nodes", "600,1200", "--repeats", "1", "--json"])
    #expect(result.exitCode == .success && result.error.isEmpty)
    #expect(result.output.filter { $0 == "\n" }.count == 1)
    let json = try JSONValue(parsing: Array(result.output.utf8))
    #expect(json["programs"]?.asArray?.count == 4 && json["passes"]?.asArray?.isEmpty == true)
    #expect(json["scratch"]?.asArray?.count == 4)
}
