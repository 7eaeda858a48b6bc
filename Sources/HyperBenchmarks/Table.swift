/// Rows of text in columns, two spaces apart; the first column is aligned to the left, numbers to the right.
public struct Table: Sendable {
    public enum Alignment: Sendable { case left, right }

    private let header: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    public init(_ columns: [(title: String, alignment: Alignment)]) {
        header = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    /// - Parameter row: One cell for each column.
    public mutating func add(_ row: [String]) {
        precondition(row.count == header.count, "Table: \(row.count) cells in a row of \(header.count) columns")
        rows.append(row)
    }

    /// The table with a line end after each row and no spaces before it.
    public var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.indices.map { column -> String in
                let gap = String(repeating: " ", count: widths[column] - row[column].count)
                switch alignments[column] {
                case .left: return row[column] + gap
                case .right: return gap + row[column]
                }
            }
            let line = cells.joined(separator: "  ")
            return line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex) + "\n"
        }.joined()
    }
}

/// A number with `digits` decimals; `-` for one that is not finite.
public func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "-" }
    let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
    let scaled = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let whole = scaled / Int(scale)
    let rest = String(scaled % Int(scale))
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
}

/// A number rounded for JSON.
func rounded(_ value: Double, _ digits: Int) -> Double { Double(decimal(value, digits)) ?? .nan }
