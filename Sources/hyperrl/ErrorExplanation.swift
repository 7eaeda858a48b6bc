import HyperAgents
import HyperCPU
import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperFormats
import HyperOpenCL
import HyperProbes
import HyperReports

/// Message and exit status of the libraries' errors; nil for an error that has no status of its own.
@Sendable func explanation(of error: any Error) -> CommandError? {
    switch error {
    case let error as FormatError: CommandError(error.description, exitCode: .badData)
    case let error as FileWriteError: CommandError(error.description, exitCode: .cannotCreate)
    case let error as RunFolder.Refusal: CommandError(error.description, exitCode: .cannotCreate)
    case let error as RunLock.Held: CommandError(error.description, exitCode: .temporaryFailure)
    case let error as ProbeError: CommandError(error.description, exitCode: .usage)
    case let error as ResumeError: CommandError(error.description, exitCode: .usage)
    case let error as ConfigurationError:
        CommandError(message(of: error), exitCode: error.file == nil ? .usage : .badData)
    case let error as ReportError:
        CommandError(error.description, exitCode: error.kind == .usage ? .usage : .badData)
    case let error as CPUError: CommandError("\(error)", exitCode: .unavailable)
    case let error as OpenCLError: CommandError("\(error)", exitCode: error.isUnavailable ? .unavailable : .failure)
    case let error as SettingError: CommandError(message(of: error), exitCode: .usage)
    case let error as EnvironmentError: CommandError(message(of: error), exitCode: exitCode(of: error))
    default: nil
    }
}

private func message(of error: SettingError) -> String {
    switch error {
    case .unknownName(let name, let known): NameSuggestions.unknown("setting", name, among: known)
    case .badValue, .inapplicable, .conflict: error.description
    }
}

private func message(of error: EnvironmentError) -> String {
    switch error {
    case .unknownEnvironment(let id):
        NameSuggestions.unknown("environment", id, among: EnvironmentSpec.all.map(\.id))
    case .wrongSize, .unfitGoal, .wrongTask, .notSimulated, .library: error.description
    }
}

private func message(of error: ConfigurationError) -> String {
    switch error {
    case .unknownPreset(let name, let known):
        let start = "Unknown preset '\(name)'."
        let nearest = NameSuggestions.nearestPaths(to: name, among: known)
        guard !nearest.isEmpty else { return "\(start) 'hyperrl list presets' shows all." }
        return "\(start) Did you mean \(nearest.map { "'\($0)'" }.joined(separator: " or "))?"
    case .unknownName(let kind, let name, let origin, let known):
        return place(origin) + NameSuggestions.unknown(kind, name, among: known)
    case .badValue(let key, let text, let origin, let expected):
        if case .option(let words) = origin {
            let role = words.contains(" ") ? "Setting '\(key)'" : "Option '\(words)'"
            return "\(role): '\(text)' is not \(expected)."
        }
        return "\(place(origin))'\(key)': '\(text)' is not \(expected)."
    case .unfit(let sentence, let origin): return place(origin) + sentence
    case .noAlgorithm(let known):
        return "Missing argument <algorithm>. The learning algorithm; --preset and --config can name it as well. "
            + "There are: \(known.joined(separator: ", "))."
    case .otherAlgorithm(let name, let wanted, let origin):
        return "Argument <algorithm>: '\(name)' does not fit \(origin), which is for '\(wanted)'."
    }
}

/// Where a mistake stands, for the start of a message; nothing for the command line.
private func place(_ origin: ValueOrigin) -> String {
    switch origin {
    case .standard, .option: ""
    case .preset: "\(origin): "
    case .file(let path): "\(path): "
    }
}

private func exitCode(of error: EnvironmentError) -> ExitCode {
    switch error {
    case .unknownEnvironment, .unfitGoal: .usage
    case .wrongSize, .wrongTask: .badData
    case .notSimulated, .library: .failure
    }
}
