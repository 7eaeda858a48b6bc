/// The parsed and checked header of a safetensors file.
///
/// The file is: header length (8 bytes, little-endian), header (JSON), data. Format: the safetensors documentation,
/// "Format", of Hugging Face; the order of the checks follows its reference implementation.
struct SafetensorsHeader {
    /// Longest header that is accepted, in bytes.
    static let lengthLimit = 100_000_000
    /// Bytes before the header.
    static let prefixSize = 8
    static let metadataKey = "__metadata__"

    /// The tensors in the order of their data.
    let entries: [TensorEntry]
    let metadata: [String: String]

    /// - Parameters:
    ///   - text: The header's bytes.
    ///   - dataSize: Bytes in the file after the header.
    ///   - path: The file's name for messages.
    /// - Throws: `FormatError` for the first rule that is broken.
    init(parsing text: [UInt8], dataSize: Int, path: String) throws {
        let source = HeaderSource(path: path)
        guard text.first == UInt8(ascii: "{") else {
            throw source.failure("the header must begin with '{', it begins with \(source.describe(text.first))")
        }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text)
        } catch let error as JSONSyntaxError {
            throw source.failure("the header is not valid JSON: \(error.problem) (byte \(error.offset) of the header)")
        }
        // A text that begins with '{' parses to an object or not at all.
        let members = json.asObject?.members ?? []
        metadata = try json[Self.metadataKey].map(source.metadata) ?? [:]
        let sortKey: (TensorEntry) -> (Int, Int, String) = {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name)
        }
        entries = try members.filter { $0.key != Self.metadataKey }
            .map { try source.entry(name: $0.key, $0.value) }
            .sorted { sortKey($0) < sortKey($1) }
        try source.checkCoverage(of: entries, dataSize: dataSize)
    }
}

/// Reads single members of a header, with the file's name for messages.
private struct HeaderSource {
    let path: String

    func failure(_ problem: String) -> FormatError { FormatError(path: path, problem: problem) }

    func describe(_ byte: UInt8?) -> String {
        byte.map { "byte 0x\(String($0, radix: 16))" } ?? "its end (0 bytes)"
    }

    func metadata(_ value: JSONValue) throws -> [String: String] {
        guard let object = value.asObject else {
            throw failure("\(SafetensorsHeader.metadataKey) must be an object of strings, it is \(value.kind)")
        }
        var metadata: [String: String] = [:]
        for (key, value) in object.members {
            guard let text = value.asString else {
                throw failure(
                    "\(SafetensorsHeader.metadataKey): \(quoted(key)) must be a string, it is \(value.kind)")
            }
            metadata[key] = text
        }
        return metadata
    }

    func entry(name: String, _ value: JSONValue) throws -> TensorEntry {
        let tensor = "tensor \(quoted(name))"
        guard let object = value.asObject else {
            throw failure("\(tensor): must be described by an object, it is \(value.kind)")
        }
        if let extra = object.keys.first(where: { !["dtype", "shape", "data_offsets"].contains($0) }) {
            throw failure("\(tensor): unknown key \(quoted(extra)); dtype, shape and data_offsets are allowed")
        }
        let dataType = try dataType(object["dtype"], of: tensor)
        let shape = try integers(object["shape"], key: "shape", of: tensor)
        let offsets = try integers(object["data_offsets"], key: "data_offsets", of: tensor)
        guard offsets.count == 2 else {
            throw failure("\(tensor): data_offsets must hold 2 numbers, it holds \(offsets.count)")
        }
        guard offsets[0] <= offsets[1] else {
            throw failure("\(tensor): data_offsets are reversed: begin \(offsets[0]) > end \(offsets[1])")
        }
        guard let count = elementCount(of: shape),
            case let (size, overflow) = count.multipliedReportingOverflow(by: dataType.size), !overflow
        else {
            throw failure("\(tensor): shape \(shape) times \(dataType.size) bytes overflows 64 bits")
        }
        guard offsets[1] - offsets[0] == size else {
            throw failure(
                "\(tensor): data_offsets span \(offsets[1] - offsets[0]) bytes, "
                    + "shape \(shape) of \(dataType.rawValue) needs \(size)")
        }
        return TensorEntry(name: name, dataType: dataType, shape: shape, byteRange: offsets[0]..<offsets[1])
    }

    private func dataType(_ value: JSONValue?, of tensor: String) throws -> TensorDataType {
        guard let value else { throw failure("\(tensor): dtype is missing") }
        guard let name = value.asString else { throw failure("\(tensor): dtype must be a string, it is \(value.kind)") }
        guard let dataType = TensorDataType(rawValue: name) else {
            let known = TensorDataType.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure("\(tensor): dtype \(quoted(name)) is not supported; supported are \(known)")
        }
        return dataType
    }

    private func integers(_ value: JSONValue?, key: String, of tensor: String) throws -> [Int] {
        guard let value else { throw failure("\(tensor): \(key) is missing") }
        guard let elements = value.asArray else {
            throw failure("\(tensor): \(key) must be an array, it is \(value.kind)")
        }
        return try elements.map { element in
            guard let number = element.asInt, number >= 0 else {
                throw failure("\(tensor): \(key) may hold integers from 0 to \(Int.max), it holds \(element.jsonText)")
            }
            return number
        }
    }

    /// The tensors, in order, must cover the data without overlap, hole or rest.
    func checkCoverage(of entries: [TensorEntry], dataSize: Int) throws {
        var end = 0
        var previous = "the start of the data"
        for entry in entries {
            let begin = entry.byteRange.lowerBound
            let tensor = "tensor \(quoted(entry.name))"
            if begin < end {
                throw failure(
                    "\(tensor): begins at byte \(begin) of the data and overlaps \(previous), which ends at \(end)")
            }
            if begin > end {
                throw failure(
                    "\(tensor): begins at byte \(begin) of the data, leaving a hole of \(begin - end) bytes "
                        + "after \(previous), which ends at \(end)")
            }
            end = entry.byteRange.upperBound
            if end > dataSize {
                throw failure("\(tensor): ends at byte \(end) of the data, the file holds \(dataSize) bytes of data")
            }
            previous = tensor
        }
        guard end == dataSize else {
            throw failure(
                "the tensors cover \(end) bytes of data, the file holds \(dataSize): \(dataSize - end) bytes too many")
        }
    }
}
