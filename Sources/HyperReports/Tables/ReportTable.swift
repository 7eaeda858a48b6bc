import HyperFormats

/// How a table is written.
public enum TableFormat: String, Sendable, CaseIterable {
    case markdown, csv, json
}

/// Rows of cells under a header; each cell knows its numbers, so that every format can say them in its own way.
public struct ReportTable: Sendable {
    public var title: String
    public var header: [String]
    public var rows: [[Cell]]
    /// What a reader must know, a line each.
    public var notes: [String]

    /// One cell.
    public enum Cell: Hashable, Sendable {
        case text(String)
        /// A mean with a standard deviation; `mark` follows it in markdown.
        case measured(mean: Double, deviation: Double, seeds: Int, mark: String = "")
        case number(Double, decimals: Int)
        case missing
    }

    public func text(_ format: TableFormat) -> String {
        switch format {
        case .markdown: markdown
        case .csv: csv
        case .json: json.indentedJSONText
        }
    }

    private var markdown: String {
        func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
        var text = "**\(title)**\n\n" + row(header) + row(header.map { _ in "---" })
        for cells in rows { text += row(cells.map(\.shortText)) }
        return text + notes.map { "\n\($0)\n" }.joined()
    }

    /// A measured cell takes three columns: its header, `… std` and `… seeds`.
    private var csv: String {
        let wide = header.indices.map { column in
            rows.contains { if case .measured = $0[column] { true } else { false } }
        }
        var lines: [[CSVField]] = [
            zip(header, wide).flatMap { name, isWide -> [CSVField] in
                isWide ? [.text(name), .text("\(name) std"), .text("\(name) seeds")] : [.text(name)]
            }
        ]
        for cells in rows {
            lines.append(
                zip(cells, wide).flatMap { cell, isWide -> [CSVField] in
                    switch cell {
                    case .text(let text): [.text(text)]
                    case .measured(let mean, let deviation, let seeds, _):
                        [.double(mean), .double(deviation), .integer(seeds)]
                    case .number(let value, _): [.double(value)]
                    case .missing: [CSVField](repeating: .missing, count: isWide ? 3 : 1)
                    }
                })
        }
        return lines.map { $0.map(\.text).joined(separator: ",") + "\n" }.joined()
    }

    private var json: JSONValue {
        let objects = rows.map { cells -> JSONValue in
            var object = JSONObject()
            for (name, cell) in zip(header, cells) {
                object[name] =
                    switch cell {
                    case .text(let text): .string(text)
                    case .measured(let mean, let deviation, let seeds, _):
                        ["mean": .double(mean), "std": .double(deviation), "seeds": .integer(seeds)]
                    case .number(let value, _): .double(value)
                    case .missing: .null
                    }
            }
            return .object(object)
        }
        return ["title": .string(title), "rows": .array(objects), "notes": .array(notes.map { .string($0) })]
    }
}

extension ReportTable.Cell {
    fileprivate var shortText: String {
        switch self {
        case .text(let text): text
        case .measured(let mean, let deviation, let seeds, let mark):
            "\(fixed(mean, decimals: 0)) ± \(fixed(deviation, decimals: 0))\(seeds == 0 ? "" : " (\(seeds))")\(mark)"
        case .number(let value, let decimals): fixed(value, decimals: decimals)
        case .missing: "–"
        }
    }
}
