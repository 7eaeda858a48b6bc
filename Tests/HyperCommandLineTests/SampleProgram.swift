import Foundation
import HyperCommandLine

/// A program like the real one, whose commands print what they were given.
let sample = Command(
    "hyperrl", summary: "Trains agents.",
    subcommands: [
        Command(
            "train", summary: "Trains agents and writes a run folder.",
            arguments: [Argument("algorithm", .choice(["td3", "sac"]), summary: "The learning algorithm.")],
            options: [
                Option(
                    "--env", "id", .choice(["Hopper-v2", "Walker2d-v2", "HalfCheetah-v2"]),
                    summary: "The task to learn.",
                    defaultText: "HalfCheetah-v2"),
                Option(
                    "--seeds", "list", .integerList(0...9, countLimit: 4),
                    summary: "Seeds to train side by side, as 0,1,2 or 0-4.", defaultText: "0"),
                Option(
                    "--steps", "n", .integer(1...1_000_000), summary: "Environment steps to take.", defaultText: "1000"),
                Option(
                    "--rate", "x", .number(0...1), summary: "A rate.", defaultText: "0.5",
                    defaultNote: "as in the paper"),
                Option(
                    "--set", "key=value", .setting, summary: "A setting to change; may be given more than once.",
                    isRepeatable: true),
                Option("--output", "folder", .text, summary: "Run folder to create.", defaultNote: "runs/<critic>"),
                Option(flag: "--quiet", summary: "Show no progress."),
            ],
            examples: [Example("hyperrl train td3 --seeds 0-4", summary: "Trains five seeds.")]
        ) { arguments, output in
            try output.writeLine(
                """
                \(arguments.text("algorithm")) \(arguments.text("--env")) \(arguments.integers("--seeds")) \
                \(arguments.integer("--steps")) \(arguments.number("--rate")) \
                \(arguments.settings("--set").map { "\($0.key):\($0.value)" }) \
                \(arguments.optionalText("--output") ?? "none") \(arguments.flag("--quiet"))
                """)
            return .success
        },
        Command(
            "env", summary: "Works with environments.",
            subcommands: [
                Command(
                    "rollout", summary: "Steps an environment.",
                    arguments: [Argument("file", .text, summary: "A file.")],
                    options: [Option("--actions", "file", .text, summary: "Actions, one a line.", isRequired: true)]
                ) { arguments, output in
                    try output.writeLine("\(arguments.text("file")) \(arguments.text("--actions"))")
                    return .failure
                },
                Command(
                    "plot", summary: "Draws.",
                    arguments: [
                        Argument("kind", .choice(["a", "b"]), summary: "A kind.", defaultNote: "a"),
                        Argument("runs", .text, summary: "Runs.", defaultNote: "all", isRepeatable: true),
                    ]
                ) { arguments, output in
                    try output.writeLine("\(arguments.optionalText("kind") ?? "none") \(arguments.texts("runs"))")
                    return .success
                },
                Command("fail", summary: "Fails.", options: [Option("--how", "word", .text, summary: "How.")]) {
                    arguments, output in
                    try output.writeLine("before")
                    switch arguments.optionalText("--how") {
                    case "foreign": throw ForeignError()
                    case "unknown": throw CocoaError(.fileNoSuchFile)
                    default: throw CommandError("no device 7; there are 2", exitCode: .unavailable)
                    }
                },
            ]),
    ])

struct ForeignError: Error {}

/// Runs the sample program and catches what it prints.
func run(_ words: String...) throws -> (exitCode: ExitCode, output: String, error: String) {
    let pipe = Pipe()
    var line = ""
    let program = Program(root: sample, version: "1.2.3") { error in
        error is ForeignError ? CommandError("foreign", exitCode: .badData) : nil
    }
    let exitCode = program.run(
        words, output: OutputWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor), errors: { line = $0 })
    try pipe.fileHandleForWriting.close()
    return (exitCode, String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self), line)
}
