/// A table in comma-separated text with a header line, as `CSVWriter` writes it; read whole.
public struct CSVTable: Sendable {
    public let path: String
    public let columns: [String]
    /// The fields as text, one for each column; an empty one is a missing value.
    public let rows: [[String]]

    /// Reads a table (RFC 4180). A last line without its end is left out: somebody is still writing it.
    ///
    /// - Throws: `FormatError` with the line for text that is no table, and for a file without a header line.
    public init(contentsOf path: String) throws {
        let bytes = try readFile(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FormatError(path: path, problem: "is not text in UTF-8")
        }
        self.path = path
        var lines = try Self.lines(of: text, path: path)
        guard !lines.isEmpty else { throw FormatError(path: path, problem: "has no header line") }
        columns = lines.removeFirst()
        for (index, line) in lines.enumerated() where line.count != columns.count {
            throw FormatError(
                path: path,
                problem: "row \(index + 1) has \(line.count) fields, the header line has \(columns.count)")
        }
        rows = lines
    }

    /// The place of a column.
    ///
    /// - Throws: `FormatError` if there is none of this name.
    public func column(_ name: String) throws -> Int {
        guard let index = columns.firstIndex(of: name) else {
            throw FormatError(path: path, problem: "has no column \(quoted(name))")
        }
        return index
    }

    /// The number in a field, which may be `nan` or `inf`; nil if it is empty.
    ///
    /// - Throws: `FormatError` if it is no number.
    public func number(row: Int, column: Int) throws -> Double? {
        let text = rows[row][column]
        if text.isEmpty { return nil }
        guard let number = Double(text), !text.utf8.contains(UInt8(ascii: "x")) else {
            throw FormatError(
                path: path, problem: "row \(row + 1), column \(quoted(columns[column])): \(quoted(text)) is no number")
        }
        return number
    }

    /// Fields by line; quoted ones may hold line ends.
    private static func lines(of text: String, path: String) throws -> [[String]] {
        var lines: [[String]] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var rest = Array(text.utf8)[...]
        let (quote, comma) = (UInt8(ascii: "\""), UInt8(ascii: ","))
        while let byte = rest.popFirst() {
            switch byte {
            case quote where isQuoted && rest.first == quote:
                field.append(quote)
                rest.removeFirst()
            case quote where isQuoted || field.isEmpty: isQuoted.toggle()
            case _ where isQuoted: field.append(byte)
            case comma:
                fields.append(String(decoding: field, as: UTF8.self))
                field.removeAll()
            case UInt8(ascii: "\n"):
                if field.last == UInt8(ascii: "\r") { field.removeLast() }
                lines.append(fields + [String(decoding: field, as: UTF8.self)])
                fields.removeAll()
                field.removeAll()
            default: field.append(byte)
            }
        }
        if isQuoted { throw FormatError(path: path, problem: "line \(lines.count + 1): a quoted field does not end") }
        return lines
    }
}
