import Glibc
import HyperCommandLine
import HyperExperiments

/// The program: all commands, and how their errors are told.
let hyperrl = Program(
    root: Command(
        "hyperrl", summary: "Trains reinforcement-learning agents with hypernetworks.",
        examples: [
            Example("hyperrl train td3 --env HalfCheetah-v2 --critic sa-hyper", summary: "Trains the paper's agent."),
            Example("hyperrl list environments", summary: "Shows the tasks."),
        ],
        subcommands: [
            trainCommand, resumeCommand, evaluateCommand, probeCommand, plotCommand, tableCommand, reproduceCommand,
            inspectCommand,
            verifyCommand, listCommand, configCommand,
            environmentCommand, criticCommand, updateCommand, checkCommand,
        ]),
    version: buildIdentity.version, explain: explanation)

/// Which program this is: its release, and the commit if the launcher tells it.
let buildIdentity = BuildIdentity(
    version: "0.1.0", commit: getenv("HYPERRL_COMMIT").map { String(cString: $0) } ?? "unknown")
