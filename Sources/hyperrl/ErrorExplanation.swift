import HyperAgents
import HyperCPU
import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperFormats
import HyperOpenCL
import HyperProbes

/// Message and exit status of the libraries' errors; nil for an error that has no status of its own.
@Sendable func explanation(of error: any Error) -> CommandError? {
    switch error {
    case let error as FormatError: CommandError(error.description, exitCode: .badData)
    case let error as FileWriteError: CommandError(error.description, exitCode: .cannotCreate)
    case let error as RunFolder.Refusal: CommandError(error.description, exitCode: .cannotCreate)
    case let error as RunLock.Held: CommandError(error.description, exitCode: .temporaryFailure)
    case let error as ProbeError: CommandError(error.description, exitCode: .usage)
    case let error as ResumeError: CommandError(error.description, exitCode: .usage)
    case let error as CPUError: CommandError("\(error)", exitCode: .unavailable)
    case let error as OpenCLError: CommandError("\(error)", exitCode: error.isUnavailable ? .unavailable : .failure)
    case let error as SettingError: CommandError(message(of: error), exitCode: .usage)
    case let error as EnvironmentError: CommandError(error.description, exitCode: exitCode(of: error))
    default: nil
    }
}

private func message(of error: SettingError) -> String {
    switch error {
    case .unknownName(let name, let known): NameSuggestions.unknown("setting", name, among: known)
    case .badValue(let name, let value, let expected): "Setting '\(name)': '\(value)' is not \(expected)."
    case .inapplicable(let name, let reason): "Setting '\(name)' does not apply: \(reason)."
    case .conflict(let sentence): sentence
    }
}

private func exitCode(of error: EnvironmentError) -> ExitCode {
    switch error {
    case .unknownEnvironment, .unfitGoal: .usage
    case .wrongSize, .wrongTask: .badData
    case .notSimulated, .library: .failure
    }
}
