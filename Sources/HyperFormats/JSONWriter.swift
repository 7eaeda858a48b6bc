extension JSONValue {
    /// The value on one line, without white space. Equal values give equal text.
    ///
    /// Doubles are written in the shortest form that reads back to the same bits; JSON has no NaN and no infinity, so
    /// these become `null`.
    public var jsonText: String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// The value over several lines, two spaces per level, with a line feed at the end; arrays of plain values stay
    /// on one line.
    public var indentedJSONText: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .double(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): writeJSONString(value, to: &text)
        case .array(let elements):
            let inner = elements.contains(where: \.isContainer) ? indentation.map { $0 + 1 } : nil
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += inner == nil && indentation != nil ? ", " : "," }
                newLine(in: &text, indentation: inner)
                element.write(to: &text, indentation: inner)
            }
            if inner != nil { newLine(in: &text, indentation: indentation) }
            text += "]"
        case .object(let object):
            let inner = indentation.map { $0 + 1 }
            text += "{"
            for (index, member) in object.members.enumerated() {
                if index > 0 { text += "," }
                newLine(in: &text, indentation: inner)
                writeJSONString(member.key, to: &text)
                text += indentation == nil ? ":" : ": "
                member.value.write(to: &text, indentation: inner)
            }
            if object.count > 0 { newLine(in: &text, indentation: indentation) }
            text += "}"
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        case .null, .bool, .integer, .double, .string: false
        }
    }

    private func newLine(in text: inout String, indentation: Int?) {
        guard let indentation else { return }
        text += "\n" + String(repeating: "  ", count: indentation)
    }
}

private func writeJSONString(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case "\u{0}"..<"\u{20}":
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
    }
    text += "\""
}
