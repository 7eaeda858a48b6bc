import Testing

@testable import HyperCommandLine

@Test func helpOfACommandIsAsStored() throws {
    let help = try run("train", "--help")
    #expect(
        help.output == """
            USAGE: hyperrl train <algorithm> [--env <id>] [--seeds <list>] [--steps <n>] [--rate <x>] \
            [--set <key=value>]... [--output <folder>] [--quiet]
              Trains agents and writes a run folder.
            ARGUMENTS:
              <algorithm>         The learning algorithm. (values: td3, sac)
            OPTIONS:
              --env <id>          The task to learn. (values: Hopper-v2, Walker2d-v2, HalfCheetah-v2; default: HalfCheetah-v2)
              --seeds <list>      Seeds to train side by side, as 0,1,2 or 0-4. (default: 0)
              --steps <n>         Environment steps to take. (default: 1000)
              --rate <x>          A rate. (default: 0.5, as in the paper)
              --set <key=value>   A setting to change; may be given more than once.
              --output <folder>   Run folder to create. (default: runs/<critic>)
              --quiet             Show no progress.
              -h, --help          Show help information.
            EXAMPLES:
              # Trains five seeds.
              hyperrl train td3 --seeds 0-4

            """)
    #expect(help.exitCode == .success && help.error.isEmpty)
}

@Test func helpOfTheProgramIsAsStored() throws {
    let expected = """
        USAGE: hyperrl <command>
          Trains agents.
        COMMANDS:
          train               Trains agents and writes a run folder.
          env                 Works with environments.
        OPTIONS:
          --version           Show the version.
          -h, --help          Show help information.

        """
    #expect(try run().output == expected)
    #expect(try run("--help").output == expected)
    #expect(try run("-h", "train").output == expected)
}

@Test func helpIsShownWhereverItIsAskedFor() throws {
    #expect(try run("train", "td3", "--nonsense", "-h").output.hasPrefix("USAGE: hyperrl train <algorithm>"))
    #expect(try run("env", "--help").output.hasPrefix("USAGE: hyperrl env <command>\n  Works with environments.\n"))
    let rollout = try run("env", "rollout", "--help").output
    #expect(rollout.hasPrefix("USAGE: hyperrl env rollout <file> --actions <file>\n"))
    #expect(rollout.contains("  --actions <file>    Actions, one a line. (required)\n"))
    #expect(try run("env", "rollout", "--actions", "a", "--", "--help").output == "--help a\n")
}

@Test func versionIsPrinted() throws {
    #expect(try run("--version").output == "hyperrl 1.2.3\n")
}

@Test func longLabelsMoveTheColumn() {
    let command = Command(
        "c", summary: "C.", options: [Option("--a-rather-long-name", "value", .text, summary: "Long.")]
    ) { _, _ in .success }
    let text = HelpText(command: command, path: ["p", "c"]).text
    #expect(
        text.contains(
            "\n  --a-rather-long-name <value>  Long.\n  -h, --help                    Show help information.\n"))
}
