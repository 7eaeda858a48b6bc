/// The help of one command, made from its declaration.
struct HelpText {
    let command: Command
    /// The program's name and those of the commands down to this one.
    let path: [String]

    /// Where the sentences begin if no label is longer, counted in characters.
    private static let sentenceColumn = 22

    /// The whole text, with a line end.
    var text: String {
        var lines = ["USAGE: \(usage)", "  \(command.summary)"]
        append("COMMANDS", command.subcommands.map { ($0.name, $0.summary) }, to: &lines)
        append(
            "ARGUMENTS",
            command.arguments.map { ("<\($0.name)>", $0.summary + note(values: $0.kind, default: nil)) }, to: &lines)
        var options = command.options.map { ($0.label, $0.summary + note(of: $0)) }
        if path.count == 1 { options.append(("--version", "Show the version.")) }
        options.append(("-h, --help", "Show help information."))
        append("OPTIONS", options, to: &lines)
        if !command.examples.isEmpty {
            lines.append("EXAMPLES:")
            for example in command.examples {
                lines.append("  # \(example.summary)")
                lines.append("  \(example.commandLine)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var usage: String {
        var words = path
        if command.body == nil { words.append("<command>") }
        words += command.arguments.map { "<\($0.name)>" }
        words += command.options.map { option in
            (option.isRequired ? option.label : "[\(option.label)]") + (option.isRepeatable ? "..." : "")
        }
        return words.joined(separator: " ")
    }

    private func append(_ title: String, _ rows: [(label: String, sentence: String)], to lines: inout [String]) {
        guard !rows.isEmpty else { return }
        let column = max(Self.sentenceColumn, (rows.map(\.label.count).max() ?? 0) + 4)
        lines.append("\(title):")
        for row in rows {
            lines.append("  \(row.label)\(String(repeating: " ", count: column - 2 - row.label.count))\(row.sentence)")
        }
    }

    private func note(of option: Option) -> String {
        let parts = [option.defaultText, option.defaultNote].compactMap { $0 }
        let defaultWords = parts.isEmpty ? nil : parts.joined(separator: ", ")
        return note(values: option.kind, default: defaultWords, isRequired: option.isRequired)
    }

    /// ` (values: …; default: …)`, or nothing if there is nothing to say.
    private func note(values kind: ValueKind, default defaultWords: String?, isRequired: Bool = false) -> String {
        var parts: [String] = []
        if case .choice(let names) = kind { parts.append("values: \(names.joined(separator: ", "))") }
        if let defaultWords { parts.append("default: \(defaultWords)") }
        if isRequired { parts.append("required") }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }
}
