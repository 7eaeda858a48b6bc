/// What a command line asks for.
enum Invocation {
    case run(Command.Body, ParsedArguments)
    /// Help text to print.
    case help(String)
    case version
}

/// Finds the command in a command line and reads its options and arguments.
struct CommandParser {
    private let root: Command

    init(root: Command) { self.root = root }

    /// - Parameter words: The command line without the program's name.
    /// - Throws: `CommandError` with status 64.
    func parse(_ words: [String]) throws -> Invocation {
        var command = root
        var path = [root.name]
        var rest = words[...]
        while command.body == nil {
            guard let word = rest.popFirst() else {
                if path.count == 1 { return .help(HelpText(command: command, path: path).text) }
                let names = command.subcommands.map(\.name).joined(separator: ", ")
                throw usage("'\(path.joined(separator: " "))' needs a command: \(names).")
            }
            if isHelp(word) { return .help(HelpText(command: command, path: path).text) }
            if path.count == 1, word == "--version" { return .version }
            if word.hasPrefix("-") {
                let names = ["--help"] + (path.count == 1 ? ["--version"] : [])
                throw usage(NameSuggestions.unknown("option", word, among: names))
            }
            guard let next = command.subcommands.first(where: { $0.name == word }) else {
                throw usage(NameSuggestions.unknown("command", word, among: command.subcommands.map(\.name)))
            }
            command = next
            path.append(word)
        }
        guard let body = command.body else { preconditionFailure("the loop above ends at a command with a body") }
        if rest.prefix(while: { $0 != "--" }).contains(where: isHelp) {
            return .help(HelpText(command: command, path: path).text)
        }
        var reader = ArgumentReader(command: command)
        return .run(body, try reader.read(rest))
    }

    private func isHelp(_ word: String) -> Bool { word == "-h" || word == "--help" }
}

private func usage(_ message: String) -> CommandError { CommandError(message, exitCode: .usage) }

/// Reads the words after a command.
private struct ArgumentReader {
    let command: Command
    private var values: [String: [ParsedValue]] = [:]
    private var given: Set<String> = []
    /// Arguments that take no further word.
    private var argumentCount = 0

    init(command: Command) { self.command = command }

    mutating func read(_ words: ArraySlice<String>) throws -> ParsedArguments {
        var rest = words
        var optionsEnded = false
        while let word = rest.popFirst() {
            if !optionsEnded, word == "--" {
                optionsEnded = true
            } else if !optionsEnded, word.hasPrefix("-"), word != "-", Double(word) == nil {
                try readOption(word, rest: &rest)
            } else {
                try readArgument(word)
            }
        }
        if let missing = command.arguments.first(where: { $0.isRequired && values[$0.name] == nil }) {
            throw usage("Missing argument <\(missing.name)>. \(missing.summary)\(missing.kind.valuesSentence)")
        }
        for option in command.options where values[option.name] == nil {
            if option.isRequired { throw usage("Missing option '\(option.label)'. \(option.summary)") }
            if let text = option.defaultText {
                values[option.name] = [try option.kind.parse(text, role: "Default of option '\(option.name)'")]
            }
        }
        return ParsedArguments(command: command, values: values, given: given)
    }

    private mutating func readOption(_ word: String, rest: inout ArraySlice<String>) throws {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = command.options.first(where: { $0.name == parts[0] }) else {
            let names = command.options.map(\.name) + ["--help"]
            throw usage(NameSuggestions.unknown("option", parts[0], among: names))
        }
        guard given.insert(option.name).inserted || option.isRepeatable else {
            throw usage("Option '\(option.name)' is given twice.")
        }
        guard option.placeholder != nil else {
            if parts.count > 1 { throw usage("Option '\(option.name)' takes no value, found '\(parts[1])'.") }
            return
        }
        let text: String
        if parts.count > 1 {
            text = parts[1]
        } else if let next = rest.first, !next.hasPrefix("--") {
            text = next
            rest.removeFirst()
        } else {
            throw usage("Option '\(option.name)' needs a value: \(option.label).")
        }
        values[option.name, default: []].append(try option.kind.parse(text, role: "Option '\(option.name)'"))
    }

    private mutating func readArgument(_ word: String) throws {
        guard let argument = command.arguments.dropFirst(argumentCount).first else {
            throw usage("Unexpected argument '\(word)'.")
        }
        if !argument.isRepeatable { argumentCount += 1 }
        given.insert(argument.name)
        values[argument.name, default: []].append(
            try argument.kind.parse(word, role: "Argument <\(argument.name)>"))
    }
}

extension ValueKind {
    /// The allowed names as a sentence with a space before it; empty for other kinds.
    fileprivate var valuesSentence: String {
        if case .choice(let names, _) = self { " There are: \(names.joined(separator: ", "))." } else { "" }
    }
}
