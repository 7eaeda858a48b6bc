/// A program made of commands: parses, dispatches, and turns errors into one line and an exit status.
public struct Program: Sendable {
    private let root: Command
    private let version: String
    private let explain: @Sendable (any Error) -> CommandError?

    /// - Parameters:
    ///   - root: The group of all commands, named as the program.
    ///   - version: What `--version` prints after the program's name.
    ///   - explain: Gives message and status of errors that are no `CommandError`; nil leaves status 1.
    public init(
        root: Command, version: String, explain: @escaping @Sendable (any Error) -> CommandError? = { _ in nil }
    ) {
        self.root = root
        self.version = version
        self.explain = explain
    }

    /// Runs a command line.
    ///
    /// - Parameters:
    ///   - words: The command line without the program's name.
    ///   - output: Where data go.
    ///   - errors: Takes the line about an error, without its line end.
    public func run(
        _ words: [String], output: OutputWriter = .standardOutput(),
        errors: (String) -> Void = StandardError.writeLine
    ) -> ExitCode {
        do {
            let exitCode: ExitCode
            do {
                exitCode = try dispatch(words, output: output)
            } catch {
                // What was printed before the error is still data.
                try? output.flush()
                throw error
            }
            try output.flush()
            return exitCode
        } catch {
            let known = (error as? CommandError) ?? explain(error) ?? CommandError("\(error)", exitCode: .failure)
            errors("Error: \(known.message)")
            return known.exitCode
        }
    }

    private func dispatch(_ words: [String], output: OutputWriter) throws -> ExitCode {
        switch try CommandParser(root: root).parse(words) {
        case .run(let body, let arguments): return try body(arguments, output)
        case .help(let text): try output.write(text)
        case .version: try output.writeLine("\(root.name) \(version)")
        }
        return .success
    }
}
