import Testing

@testable import HyperCommandLine

@Test func readsDefaultsAndEveryForm() throws {
    #expect(try run("train", "td3").output == "td3 HalfCheetah-v2 [0] 1000 0.5 [] none false\n")
    let all = try run(
        "train", "--env=Hopper-v2", "--seeds", "4,0-2", "--steps", "7", "sac", "--rate", "1e-3", "--set", "a=1",
        "--set=b=x=y",
        "--set", "c=", "--output", "-", "--quiet")
    #expect(all.output == #"sac Hopper-v2 [4, 0, 1, 2] 7 0.001 ["a:1", "b:x=y", "c:"] - true"# + "\n")
    #expect(all.exitCode == .success && all.error.isEmpty)
    let nested = try run("env", "rollout", "--actions", "a.csv", "--", "--file")
    #expect(nested.output == "--file a.csv\n")
    #expect(nested.exitCode == .failure)
    #expect(try run("env", "rollout", "-5", "--actions", "-7").output == "-5 -7\n")
}

@Test(arguments: [
    (["train", "td3", "--sed", "1"], "Unknown option '--sed'. Did you mean '--set' or '--seeds'?"),
    (["train", "td3", "--stpes=1"], "Unknown option '--stpes'. Did you mean '--steps'?"),
    (["train", "td3", "-x"], "Unknown option '-x'. There are: --env, --seeds,"),
    (["trian", "td3"], "Unknown command 'trian'. Did you mean 'train'?"),
    (["fly"], "Unknown command 'fly'. There are: train, env."),
    (["env"], "'hyperrl env' needs a command: rollout, plot, fail."),
    (["env", "--version"], "Unknown option '--version'."),
    (["--versoin"], "Unknown option '--versoin'. Did you mean '--version'?"),
    (["train"], "Missing argument <algorithm>. The learning algorithm. There are: td3, sac."),
    (["train", "td4"], "Argument <algorithm>: Unknown value 'td4'. Did you mean 'td3'?"),
    (["train", "ppo"], "Argument <algorithm>: Unknown value 'ppo'. There are: td3, sac."),
    (["train", "td3", "sac"], "Unexpected argument 'sac'."),
    (["train", "td3", "--env", "Hoper-v2"], "Option '--env': Unknown value 'Hoper-v2'. Did you mean 'Hopper-v2'?"),
    (["train", "td3", "--steps"], "Option '--steps' needs a value: --steps <n>."),
    (["train", "td3", "--steps", "--quiet"], "Option '--steps' needs a value: --steps <n>."),
    (["train", "td3", "--steps", "0"], "Option '--steps': 0 is out of range (1 to 1000000)."),
    (["train", "td3", "--steps", "-3"], "Option '--steps': -3 is out of range (1 to 1000000)."),
    (["train", "td3", "--steps", "1e3"], "Option '--steps': '1e3' is not a whole number."),
    (["train", "td3", "--steps="], "Option '--steps': '' is not a whole number."),
    (["train", "td3", "--steps", "99999999999999999999"], "is not a whole number."),
    (["train", "td3", "--steps", "1", "--steps", "2"], "Option '--steps' is given twice."),
    (["train", "td3", "--rate", "1.5"], "Option '--rate': 1.5 is out of range (0.0 to 1.0)."),
    (["train", "td3", "--rate", "nan"], "Option '--rate': 'nan' is not a finite decimal number."),
    (["train", "td3", "--rate", "1e999"], "Option '--rate': '1e999' is not a finite decimal number."),
    (["train", "td3", "--quiet=yes"], "Option '--quiet' takes no value, found 'yes'."),
    (["train", "td3", "--quiet", "--quiet"], "Option '--quiet' is given twice."),
    (["train", "td3", "--set", "a"], "Option '--set': 'a' is not of the form key=value."),
    (["train", "td3", "--set", "=a"], "Option '--set': '=a' is not of the form key=value."),
    (["train", "td3", "--seeds", "0-"], "Option '--seeds': '0-' is not a list of whole numbers such as 0,2,5 or 0-4."),
    (["train", "td3", "--seeds", "0,,1"], "'0,,1' is not a list"),
    (["train", "td3", "--seeds", "-1"], "'-1' is not a list"),
    (["train", "td3", "--seeds", "0-1-2"], "'0-1-2' is not a list"),
    (["train", "td3", "--seeds", "+1"], "'+1' is not a list"),
    (["train", "td3", "--seeds", "3-1"], "Option '--seeds': the range '3-1' runs backwards."),
    (["train", "td3", "--seeds", "0-2,1"], "Option '--seeds': 1 occurs twice in '0-2,1'."),
    (["train", "td3", "--seeds", "8,10"], "Option '--seeds': 10 is out of range (0 to 9)."),
    (["train", "td3", "--seeds", "0-9223372036854775807"], "is out of range (0 to 9)."),
    (["train", "td3", "--seeds", "0-4"], "Option '--seeds': '0-4' holds more than 4 numbers."),
    (["env", "rollout", "f"], "Missing option '--actions <file>'. Actions, one a line."),
])
func mistakesGetOneHelpfulLine(_ words: [String], _ message: String) throws {
    let error = #expect(throws: CommandError.self) { try CommandParser(root: sample).parse(words) }
    #expect(error?.exitCode == .usage)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
}

@Test func errorsBecomeALineAndAStatus() throws {
    let own = try run("env", "fail")
    #expect(own.exitCode == .unavailable && own.error == "Error: no device 7; there are 2" && own.output == "before\n")
    let foreign = try run("env", "fail", "--how", "foreign")
    #expect(foreign.exitCode == .badData && foreign.error == "Error: foreign")
    #expect(try run("env", "fail", "--how", "unknown").exitCode == .failure)
    let usage = try run("train", "td3", "--sed", "1")
    #expect(usage.exitCode == .usage && usage.output.isEmpty && usage.error.hasPrefix("Error: Unknown option '--sed'."))
}

@Test func exitStatusesAreThoseOfTheManual() {
    #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 64, 65, 69, 73, 75, 129, 130, 143])
}

@Test func wasGivenTellsDefaultsApart() throws {
    let command = Command(
        "c", summary: "C.", options: [Option("--n", "n", .integer(0...9), summary: "N.", defaultText: "3")]
    ) {
        arguments, _ in arguments.wasGiven("--n") && arguments.integer("--n") == 3 ? .success : .failure
    }
    let program = Program(root: Command("p", summary: "P.", subcommands: [command]), version: "0")
    #expect(program.run(["c", "--n", "3"]) == .success)
    #expect(program.run(["c"]) == .failure)
}

@Test func askingForUndeclaredNamesIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
        let command = Command("c", summary: "C.") { arguments, _ in arguments.flag("--n") ? .success : .success }
        _ = Program(root: Command("p", summary: "P.", subcommands: [command]), version: "0").run(["c"])
    }
}

@Test func argumentsMayBeMissingOrRepeated() throws {
    #expect(try run("env", "plot").output == "none []\n")
    #expect(try run("env", "plot", "b").output == "b []\n")
    #expect(try run("env", "plot", "b", "r1", "r2", "r1").output == "b [\"r1\", \"r2\", \"r1\"]\n")
    let help = try run("env", "plot", "--help").output
    #expect(help.hasPrefix("USAGE: hyperrl env plot [<kind>] [<runs>...]\n"))
    #expect(help.contains("  <kind>              A kind. (values: a, b; default: a)\n"))
}
