import Glibc

// Runs random programs of one seed after another, and shrinks those that are computed wrongly. See tools/fuzz-programs.

let arguments: FuzzArguments
do { arguments = try FuzzArguments(CommandLine.arguments.dropFirst()) } catch {
    report("\(error)")
    report(FuzzArguments.usage)
    exit(64)
}
do { exit(try ProgramFuzzer(arguments).run() == 0 ? 0 : 1) } catch {
    report("\(error)")
    exit(70)
}
