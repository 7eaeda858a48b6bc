import HyperFormats

/// Rows of text in aligned columns, two spaces apart, without spaces at line ends.
struct TextTable {
    let header: [String]
    private(set) var rows: [[String]] = []

    init(_ header: [String]) { self.header = header }

    init(_ header: String...) { self.init(header) }

    mutating func add(_ row: [String]) { rows.append(row) }

    mutating func add(_ row: String...) { add(row) }

    /// One object for each row; its keys are the header's words in lower case.
    var json: JSONValue {
        .array(
            rows.map { row in
                var object = JSONObject()
                for (key, cell) in zip(header, row) { object[key.lowercased()] = .string(cell) }
                return .object(object)
            })
    }

    /// The table with a line end after each row.
    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex) + "\n"
        }.joined()
    }
}
