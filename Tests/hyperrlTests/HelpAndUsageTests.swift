import Foundation
import Testing

/// The help of every command equals its stored copy. After a change that is meant, store what `hyperrl … --help` prints.
@Test(arguments: [
    ("hyperrl", []), ("train", ["train"]), ("list", ["list"]), ("env", ["env"]), ("env-rollout", ["env", "rollout"]),
    ("critic", ["critic"]), ("critic-evaluate", ["critic", "evaluate"]), ("resume", ["resume"]),
    ("config", ["config"]), ("config-show", ["config", "show"]), ("plot", ["plot"]), ("table", ["table"]),
    ("reproduce", ["reproduce"]),
    ("probe", ["probe"]), ("probe-gradient-accuracy", ["probe", "gradient-accuracy"]),
    ("probe-dynamic-weights", ["probe", "dynamic-weights"]), ("probe-update-noise", ["probe", "update-noise"]),
    ("evaluate", ["evaluate"]), ("inspect", ["inspect"]),
    ("verify", ["verify"]), ("update", ["update"]),
])
func helpEqualsItsStoredCopy(_ name: String, _ command: [String]) throws {
    let path = try #require(Bundle.module.path(forResource: "help-\(name)", ofType: "txt", inDirectory: "Fixtures"))
    let result = try RunningProgram(command + ["--help"], in: Scratch())
    #expect(result.output == (try String(contentsOfFile: path, encoding: .utf8)))
    #expect(result.exitCode == 0 && result.error.isEmpty)
}

@Test(arguments: [
    (["--version"], "hyperrl 0.1.0"), (["list", "critics"], "sa-hyper             7,748,610"),
    (["list", "algorithms"], "td3  "), (["list", "algorithms"], "sac  "), (["list", "settings"], "entropy  "),
    (["list", "environments"], "AntNoControlCost-v2  "), (["list", "settings"], "batch-size  "),
    (["list", "settings"], "log-every               --log-every      1000            1000                steps "),
])
func listsNameWhatThereIs(_ words: [String], _ start: String) throws {
    let result = try RunningProgram(words, in: Scratch())
    #expect(result.exitCode == 0)
    #expect(result.lines.contains { $0.hasPrefix(start) })
    #expect(result.lines.allSatisfy { !$0.hasSuffix(" ") })
}

@Test(arguments: [
    (["train", "td3", "--stps", "3"], 64, "Unknown option '--stps'. Did you mean '--steps'?"),
    (["train", "td3", "--critic", "sa-hiper"], 64, "Did you mean 'sa-hyper' or 'as-hyper'?"),
    (["train", "td3", "--env", "Hoper-v2"], 64, "Did you mean 'Hopper-v2'?"),
    (["train", "td3", "--set", "btch-size=3"], 64, "Unknown setting 'btch-size'. Did you mean 'batch-size'?"),
    (
        ["train", "td3", "--set", "batch-size=0"], 64,
        "Setting 'batch-size': '0' is not an integer in 1...65536 (transitions)."
    ),
    (["train", "td3", "--steps", "0"], 64, "Option '--steps': '0' is not an integer in 1...1000000000 (steps)."),
    (
        ["train", "td3", "--eval-episodes", "1.5"], 64,
        "'--eval-episodes': '1.5' is not an integer in 1...1000 (episodes)."
    ),
    (["resume", "run", "--steps", "0"], 64, "Option '--steps': 0 is out of range (1 to 1000000000)."),
    (
        ["train", "td3", "--probe", "dynamic-weights", "--probe-every", "x"], 64,
        "Option '--probe-every': 'x' is not an integer in 1...1000000000 (steps)."
    ),
    (
        ["train", "td3", "--critic", "mlp-standard", "--set", "primary.kind=mlp"], 64,
        "Setting 'primary.kind' does not apply: the critic mlp-standard has nothing of the kind; sa-hyper, as-hyper"
    ),
    (["train", "td3", "--set", "primary.kind=resent"], 64, "'resent' is not one of resnet, mlp, dense."),
    (["train", "td3", "--set", "primary.kid=mlp"], 64, "Did you mean 'primary.kind'?"),
    (["train", "td3", "--set", "primary.widths=256,,512"], 64, "is not a list of 1 to 8 integers in 2...8192"),
    (
        ["train", "td3", "--critic", "emb-hyper", "--set", "primary.normalization=batch"], 64,
        "the meta variable of emb-hyper is the same for a whole batch"
    ),
    (
        ["train", "td3", "--set", "primary.normalization=batch", "--set", "batch-size=1"], 64,
        "batches of one transition have no variance"
    ),
    (
        ["train", "td3", "--set", "primary.kind=dense", "--set", "primary.widths=8", "--set", "primary.blocks=5"], 64,
        "primary.kind=dense: 5 blocks share half of the width 8"
    ),
    (
        [
            "critic", "evaluate", "--critic", "sa-hyper", "--env", "Hopper-v2", "--set", "batch-size=3", "--weights",
            "w",
            "--inputs", "i", "--output", "o",
        ], 64, "Unknown setting 'batch-size'."
    ),
    (["train", "sac", "--set", "policy-delay=2"], 64, "Unknown setting 'policy-delay'."),
    (
        ["train", "sac", "--set", "entropy=aut"], 64,
        "Setting 'entropy': 'aut' is not 'auto' or a number in 0.0...1000000.0."
    ),
    (["train", "sca"], 64, "Did you mean 'sac'?"),
    (["train", "td3", "--seeds", "4294967296"], 64, "out of range (0 to 4294967295)"),
    (["train", "td3", "--output", "/proc/none/a", "--steps", "1"], 73, "/proc/none: the folder cannot be made"),
    (["env", "rollout", "--env", "Hopper-v2", "--actions", "none.csv"], 65, "none.csv: cannot be read: open: No such"),
    (
        ["critic", "evaluate", "--critic", "sa-hyper", "--env", "Hopper-v2"] + [
            "--weights", "w", "--inputs", "none", "--output", "o",
        ],
        65, "none: cannot be read"
    ),
    (["train", "--preset", "paper/td3/halfcheta/sa-hyper"], 64, "Did you mean 'paper/td3/halfcheetah/sa-hyper'"),
    (["config", "show", "--preset", "sa-hyper"], 64, "Did you mean 'paper/td3/hopper/sa-hyper'"),
    (["config", "show"], 64, "Missing argument <algorithm>."),
    (["config", "show", "sac", "--preset", "paper/td3/ant/sa-hyper"], 64, "which is for 'td3'"),
    (["train", "--config", "none.json"], 65, "none.json: cannot be read"),
    (["plot"], 64, "Missing argument <runs>."), (["plot", "none"], 65, "none: is no folder"),
    (["plot", "none", "-o", "curves.pdf"], 64, "curves.pdf: a figure is written as .svg or .png."),
    (["table", "5", "none"], 64, "Did you mean '2', '4' or '6'?"), (["table", "4", "none"], 65, "none: is no folder"),
    (["reproduce", "fig5"], 64, "Unknown value 'fig5'."),
    (["reproduce", "fig4", "--fraction", "0"], 64, "out of range"),
    (
        ["reproduce", "table6", "--fraction", "1e-4"], 64,
        "100 steps, and updates begin after 256. The smallest fraction with which every run makes an update is 0.000257."
    ),
    (["reproduce", "table6", "--fraction", "1e-4", "--dry-run"], 64, "would learn nothing"),
])
func errorsAreOneLineWithAStatus(_ words: [String], _ exitCode: Int32, _ message: String) throws {
    let result = try RunningProgram(words, in: Scratch())
    #expect(result.exitCode == exitCode)
    #expect(result.output.isEmpty)
    #expect(result.error.hasPrefix("Error: ") && result.error.contains(message), "\(result.error)")
    #expect(result.error.filter { $0 == "\n" }.count == 1)
}

/// The same program runs where OpenCL is missing, and says so only to those who ask for it.
@Test(arguments: [
    (["train", "td3"], ["HYPERRL_OPENCL_LIBRARY": "/nonexistent"], "no OpenCL library: looked for /nonexistent"),
    (["check", "kernels"], ["HYPERRL_OPENCL_LIBRARY": "/nonexistent"], "or use --backend cpu"),
    (["train", "td3"], ["OCL_ICD_VENDORS": "/nonexistent"], "no GPU: the loader knows no device"),
    (["train", "td3", "--device", "99"], [:], "no device 99"),
])
func aMissingDeviceIsUnavailable(_ words: [String], _ environment: [String: String], _ message: String) throws {
    let result = try RunningProgram(words + ["--backend", "opencl"], in: Scratch(), environment: environment)
    #expect(result.exitCode == 69)
    #expect(result.error.hasPrefix("Error: OpenCL: ") && result.error.contains(message), "\(result.error)")
    #expect(result.error.filter { $0 == "\n" }.count == 1)
}

@Test func autoNeverTakesADeviceThatIsNoGPU() throws {
    let devices = try RunningProgram(["list", "devices"], in: Scratch()).lines
    let openCL = devices.filter { $0.first?.isNumber == true }
    #expect(!openCL.isEmpty, "the tests need an OpenCL device; install pocl-opencl-icd")
    // On a machine with a GPU the one below may be taken.
    guard openCL.allSatisfy({ $0.contains("no: ") }) else { return }
    let run = try RunningProgram(["train", "td3", "--backend", "auto", "--dry-run"], in: Scratch())
    #expect(
        run.exitCode == 0 && run.lines.contains { $0.contains("\"device\"") && $0.contains("threads") }, "\(run.output)"
    )
}

@Test func withoutOpenCLTheCPUIsListed() throws {
    let result = try RunningProgram(
        ["list", "devices"], in: Scratch(), environment: ["HYPERRL_OPENCL_LIBRARY": "/nonexistent"])
    #expect(result.exitCode == 0)
    #expect(
        result.lines.count == 2 && result.lines.last?.contains("yes: no OpenCL library") == true, "\(result.output)")
    #expect(result.error.hasPrefix("OpenCL: no OpenCL library: looked for /nonexistent"), "\(result.error)")
}

@Test func aDamagedTuningTableIsBadData() throws {
    let scratch = try Scratch()
    for (text, message) in [
        ("{}", "tuning.json: is no tuning table of version 1"), ("{", "tuning.json: not valid JSON"),
    ] {
        try scratch.write(text, to: "tuning.json")
        let result = try RunningProgram(
            ["check", "kernels", "--device", "0"], in: scratch,
            environment: ["HYPERRL_TUNING": scratch.file("tuning.json")])
        #expect(result.exitCode == 65)
        #expect(result.error.contains(message) && result.error.filter { $0 == "\n" }.count == 1, "\(result.error)")
    }
    let result = try RunningProgram(
        ["check", "kernels", "--device", "0"], in: scratch, environment: ["HYPERRL_TUNING": scratch.file("none.json")])
    #expect(result.exitCode == 65 && result.error.contains("none.json: cannot be read"), "\(result.error)")
}

@Test func autoTakesTheCPUWhereOpenCLIsMissing() throws {
    let words = ["train", "td3", "--backend", "auto", "--dry-run"]
    let result = try RunningProgram(words, in: Scratch(), environment: ["HYPERRL_OPENCL_LIBRARY": "/nonexistent"])
    #expect(result.exitCode == 0, "\(result.error)")
}
