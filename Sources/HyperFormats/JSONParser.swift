/// Text that is not JSON (RFC 8259).
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let problem: String
    /// Where, as an offset in bytes from the start of the text.
    public let offset: Int
    /// Where, as a line from 1.
    public let line: Int
    /// Where, as a byte of that line from 1.
    public let column: Int

    public var description: String { "line \(line), column \(column): \(problem)" }
}

extension JSONValue {
    /// How deep arrays and objects may nest.
    public static let depthLimit = 64

    /// Parses one JSON value that fills the whole text, apart from white space around it.
    ///
    /// Strict RFC 8259: UTF-8 without byte order mark, no comments, no trailing commas, no lone surrogates, no
    /// numbers beyond `Double`. Beyond the RFC a key may occur once per object, and nesting stops at `depthLimit`.
    /// Any sequence of bytes gives a value or an error.
    ///
    /// - Throws: `JSONSyntaxError`.
    public init(parsing bytes: [UInt8]) throws {
        var parser = JSONParser(bytes: bytes)
        self = try parser.parseDocument()
    }

    /// Reads a JSON file.
    ///
    /// - Throws: `FormatError` with the line and column of the first mistake.
    public init(contentsOf path: String) throws {
        let bytes = try readFile(path)
        do {
            try self.init(parsing: bytes)
        } catch let error as JSONSyntaxError {
            throw FormatError(path: path, problem: "not valid JSON: \(error)")
        }
    }
}

/// A recursive-descent parser over bytes; `position` always lies in `0...bytes.count`.
private struct JSONParser {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func parseDocument() throws -> JSONValue {
        let value = try parseValue()
        skipWhiteSpace()
        guard position == bytes.count else { throw failure("unexpected \(found) after the value") }
        return value
    }

    // MARK: Values

    private mutating func parseValue() throws -> JSONValue {
        skipWhiteSpace()
        guard let byte = current else { throw failure("expected a value, found the end") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try nested { parser in try parser.parseObject() })
        case UInt8(ascii: "["): return .array(try nested { parser in try parser.parseArray() })
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: throw failure("expected a value, found \(found)")
        }
    }

    private mutating func nested<Result>(_ parse: (inout JSONParser) throws -> Result) throws -> Result {
        guard depth < JSONValue.depthLimit else {
            throw failure("nested deeper than \(JSONValue.depthLimit) levels")
        }
        depth += 1
        defer { depth -= 1 }
        return try parse(&self)
    }

    private mutating func parseObject() throws -> JSONObject {
        var object = JSONObject()
        position += 1
        skipWhiteSpace()
        if skip(UInt8(ascii: "}")) { return object }
        while true {
            skipWhiteSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("expected a key in quotes, found \(found)") }
            let start = position
            let key = try parseString()
            guard object[key] == nil else { throw failure("key \(quoted(key)) occurs twice", at: start) }
            skipWhiteSpace()
            guard skip(UInt8(ascii: ":")) else { throw failure("expected ':', found \(found)") }
            object[key] = try parseValue()
            skipWhiteSpace()
            if skip(UInt8(ascii: "}")) { return object }
            guard skip(UInt8(ascii: ",")) else { throw failure("expected ',' or '}', found \(found)") }
        }
    }

    private mutating func parseArray() throws -> [JSONValue] {
        var elements: [JSONValue] = []
        position += 1
        skipWhiteSpace()
        if skip(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try parseValue())
            skipWhiteSpace()
            if skip(UInt8(ascii: "]")) { return elements }
            guard skip(UInt8(ascii: ",")) else { throw failure("expected ',' or ']', found \(found)") }
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        let start = position
        for index in 0..<word.utf8CodeUnitCount {
            guard skip(word.utf8Start[index]) else { throw failure("expected '\(word)'", at: start) }
        }
        return value
    }

    private mutating func parseNumber() throws -> JSONValue {
        let start = position
        var isInteger = true
        _ = skip(UInt8(ascii: "-"))
        if skip(UInt8(ascii: "0")) {
            guard !isDigit(current) else { throw failure("a number may not start with 0", at: start) }
        } else {
            try skipDigits()
        }
        if skip(UInt8(ascii: ".")) {
            isInteger = false
            try skipDigits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isInteger = false
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            try skipDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // "-0" keeps its sign as a Double.
        if isInteger, text != "-0", let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw failure("number \(quoted(text)) is beyond the range of a double", at: start)
        }
        return .double(value)
    }

    // MARK: Strings

    private mutating func parseString() throws -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while true {
            guard let byte = current else { throw failure("string without end", at: start) }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("string is not valid UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: String(try parseEscape()).utf8)
            case 0..<0x20:
                throw failure("control character 0x\(String(byte, radix: 16)) inside a string")
            default:
                text.append(byte)
                position += 1
            }
        }
    }

    private mutating func parseEscape() throws -> Unicode.Scalar {
        let start = position
        position += 1
        guard let letter = current else { throw failure("string without end", at: start) }
        position += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try parseUnicodeEscape(from: start)
        default: throw failure("unknown escape in a string", at: start)
        }
    }

    /// One `\uXXXX`, or a surrogate pair of two; `start` is the offset of the backslash.
    private mutating func parseUnicodeEscape(from start: Int) throws -> Unicode.Scalar {
        let first = try parseFourHexDigits(from: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) {
            let second = try parseFourHexDigits(from: start)
            if (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        throw failure("lone surrogate \\u\(String(first, radix: 16)) in a string", at: start)
    }

    private mutating func parseFourHexDigits(from start: Int) throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("\\u needs four hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Bytes

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipDigits() throws {
        guard isDigit(current) else { throw failure("expected a digit, found \(found)") }
        while isDigit(current) { position += 1 }
    }

    private mutating func skipWhiteSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// What stands at the current position, for messages.
    private var found: String {
        guard let byte = current else { return "the end" }
        return (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
    }

    private func failure(_ problem: String, at offset: Int? = nil) -> JSONSyntaxError {
        let offset = offset ?? position
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONSyntaxError(
            problem: problem, offset: offset,
            line: before.count { $0 == 0x0A } + 1, column: offset - lineStart + 1)
    }
}
