/// The help of one command, made from its declaration.
struct HelpText {
    let command: Command
    /// The program's name and those of the commands down to this one.
    let path: [String]

    /// Where the sentences begin if no label is longer, counted in characters.
    private static let sentenceColumn = 22

    /// The whole text, with a line end.
    var text: String {
        var options = command.options.map { Row(label: $0.label, sentence: $0.summary + note(of: $0)) }
        if path.count == 1 { options.append(Row(label: "--version", sentence: "Show the version.")) }
        options.append(Row(label: "-h, --help", sentence: "Show help information."))
        let sections: [(title: String, rows: [Row])] = [
            ("COMMANDS", command.subcommands.map { Row(label: $0.name, sentence: $0.summary) }),
            (
                "ARGUMENTS",
                command.arguments.map {
                    Row(label: "<\($0.name)>", sentence: $0.summary + note(values: $0.kind, default: $0.defaultNote))
                }
            ),
            ("OPTIONS", options),
        ]
        let longest = sections.flatMap(\.rows).map(\.label.count).max() ?? 0
        let column = max(Self.sentenceColumn, longest + 4)
        var lines = ["USAGE: \(usage)", "  \(command.summary)"]
        for section in sections where !section.rows.isEmpty {
            lines.append("\(section.title):")
            lines += section.rows.map { row in
                "  \(row.label)\(String(repeating: " ", count: column - 2 - row.label.count))\(row.sentence)"
            }
        }
        if !command.examples.isEmpty { lines.append("EXAMPLES:") }
        for example in command.examples { lines += ["  # \(example.summary)", "  \(example.commandLine)"] }
        return lines.joined(separator: "\n") + "\n"
    }

    private struct Row {
        let label: String
        let sentence: String
    }

    private var usage: String {
        var words = path
        if command.body == nil { words.append("<command>") }
        words += command.arguments.map(\.usage)
        words += command.options.map { option in
            (option.isRequired ? option.label : "[\(option.label)]") + (option.isRepeatable ? "..." : "")
        }
        return words.joined(separator: " ")
    }

    private func note(of option: Option) -> String {
        let parts = [option.defaultText, option.defaultNote].compactMap { $0 }
        let defaultWords = parts.isEmpty ? nil : parts.joined(separator: ", ")
        return note(values: option.kind, default: defaultWords, isRequired: option.isRequired)
    }

    /// ` (values: …; default: …)`, or nothing if there is nothing to say.
    private func note(values kind: ValueKind, default defaultWords: String?, isRequired: Bool = false) -> String {
        var parts: [String] = []
        if case .choice(let names, isListedElsewhere: false) = kind {
            parts.append("values: \(names.joined(separator: ", "))")
        }
        if let defaultWords { parts.append("default: \(defaultWords)") }
        if isRequired { parts.append("required") }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }
}
