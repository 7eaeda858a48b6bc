import Glibc
import HyperCommandLine

exit(hyperrl.run(Array(CommandLine.arguments.dropFirst())).rawValue)
