/// Tables of numbers in comma-separated text: one row a line, the same count of numbers in each, no header.
public enum NumberTable {
    /// Reads a table of finite numbers, for example the actions of an episode.
    ///
    /// Numbers are decimal, as in `-0.25` or `1e-3`, with white space allowed around them. Lines end with a line feed
    /// or a carriage return and a line feed; the last one may lack it.
    ///
    /// - Parameters:
    ///   - path: The file; a pipe will do.
    ///   - columns: The count of numbers each line must have; nil takes that of the first line.
    /// - Returns: The rows, each of the same count; none for an empty file.
    /// - Throws: `FormatError` with line, column (the number's place in its line, from 1) and the offending text.
    public static func rows(contentsOf path: String, columns: Int? = nil) throws -> [[Double]] {
        let bytes = try readFile(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FormatError(path: path, problem: "is not text in UTF-8")
        }
        return try rows(parsing: text, columns: columns, path: path)
    }

    static func rows(parsing text: String, columns: Int?, path: String) throws -> [[Double]] {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        var columns = columns
        return try lines.enumerated().map { index, line in
            let fields = Substring(line).split(separator: ",", omittingEmptySubsequences: false)
            let needed = columns ?? fields.count
            columns = needed
            let row = try fields.enumerated().map { column, field in
                guard let number = number(field) else {
                    throw FormatError(
                        path: path,
                        problem: "line \(index + 1), column \(column + 1): \(quoted(trimmed(field))) "
                            + "is not a finite decimal number")
                }
                return number
            }
            guard row.count == needed else {
                throw FormatError(
                    path: path, problem: "line \(index + 1): \(row.count) numbers, \(needed) are needed")
            }
            return row
        }
    }

    private static func number(_ field: Substring) -> Double? {
        let text = trimmed(field)
        // Double's own parser also takes hexadecimal numbers, "inf" and "nan".
        guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text),
            number.isFinite
        else { return nil }
        return number
    }

    private static func trimmed(_ field: Substring) -> String {
        let isSpace: (Unicode.Scalar?) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        var scalars = field.unicodeScalars
        while isSpace(scalars.first) { scalars.removeFirst() }
        while isSpace(scalars.last) { scalars.removeLast() }
        return String(scalars)
    }
}
