import Glibc

/// One field of a row in a log.
public enum CSVField: Sendable, Equatable {
    case integer(Int)
    /// Written in the shortest form that reads back to the same bits; NaN and infinities as `nan`, `inf`, `-inf`.
    case double(Double)
    /// Quoted if it holds a comma, a quotation mark or a line end (RFC 4180).
    case text(String)
    /// A value that this row does not have: an empty field.
    case missing

    /// The field as a file holds it.
    public var text: String {
        switch self {
        case .integer(let value): String(value)
        case .double(let value): value.description
        case .text(let value):
            value.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
                ? value.unicodeScalars.reduce(into: "\"") { $0 += $1 == "\"" ? "\"\"" : String($1) } + "\""
                : value
        case .missing: ""
        }
    }
}

/// A log of rows under one header line. A row that cannot be written waits until the file takes it.
public final class CSVWriter {
    private let file: WritableFile
    private let path: String
    private let columns: [String]
    /// Bytes of rows that are not in the file yet.
    private var waiting: [UInt8] = []

    /// Opens a log to append to; creates it with a header line if it is missing or empty.
    ///
    /// - Parameters:
    ///   - path: The file, in a folder that exists.
    ///   - columns: The names in the header line.
    /// - Throws: `FormatError` if the file begins with another header or its last line lacks its end, `FileWriteError`
    ///   if it cannot be written.
    public init(path: String, columns: [String]) throws {
        self.path = path
        self.columns = columns
        let header = columns.map { CSVField.text($0).text }.joined(separator: ",") + "\n"
        let isEmpty = try access(path, F_OK) != 0 || Self.isEmptyLog(path, header: header)
        file = try WritableFile(path, flags: O_CREAT | O_APPEND)
        if isEmpty { try file.write(header) }
    }

    /// Whether an existing file lacks its header line; a pipe or a device always does.
    private static func isEmptyLog(_ path: String, header: String) throws -> Bool {
        let file = try ReadableFile(path, mayWait: false)
        guard let size = try file.regularSize(), size > 0 else { return true }
        let start = try file.bytes(0..<min(size, header.utf8.count))
        guard start.elementsEqual(header.utf8) else {
            let first = String(decoding: start.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            throw FormatError(
                path: path,
                problem:
                    "begins with \(quoted(first)), so no rows can be added under \(quoted(String(header.dropLast())))")
        }
        guard try file.bytes(size - 1..<size) == [UInt8(ascii: "\n")] else {
            throw FormatError(path: path, problem: "its last line is incomplete, so no rows can be added")
        }
        return false
    }

    /// Adds a row; one field per column, anything else is a programming error. `flush()` writes it.
    public func add(_ fields: [CSVField]) {
        precondition(fields.count == columns.count, "\(path): \(fields.count) fields for \(columns.count) columns")
        waiting.append(contentsOf: (fields.map(\.text).joined(separator: ",") + "\n").utf8)
    }

    /// Writes the rows that wait.
    ///
    /// - Throws: `FileWriteError`. What was not written waits for the next call; until then the file may end with a part
    ///   of a row, and nothing is written twice.
    public func flush() throws {
        guard !waiting.isEmpty else { return }
        let before = file.writtenByteCount
        defer { waiting.removeFirst(file.writtenByteCount - before) }
        try waiting.withUnsafeBytes { try file.write($0) }
    }

    /// Adds a row and writes all that wait.
    ///
    /// - Throws: `FileWriteError`.
    public func write(_ fields: [CSVField]) throws {
        add(fields)
        try flush()
    }
}
