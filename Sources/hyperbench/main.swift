import Glibc
import HyperCommandLine

exit(benchmarkProgram.run(Array(CommandLine.arguments.dropFirst())).rawValue)
