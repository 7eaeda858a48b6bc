import HyperFormats

/// JSON objects that carry the digest of their own content, so that a change by accident or by hand is noticed.
enum SealedJSON {
    private static let sealKey = "sha256"

    /// The object with its digest as the last member.
    static func sealed(_ object: JSONObject) -> JSONValue {
        var object = object
        object[sealKey] = nil
        object[sealKey] = .string(digest(of: object))
        return .object(object)
    }

    /// Reads an object and checks its digest.
    ///
    /// - Throws: `FormatError`.
    static func read(_ path: String) throws -> SealedObject {
        guard var object = try JSONValue(contentsOf: path).asObject else {
            throw FormatError(path: path, problem: "holds no JSON object")
        }
        guard let seal = object[sealKey]?.asString else {
            throw FormatError(path: path, problem: "has no \"\(sealKey)\" of its content")
        }
        object[sealKey] = nil
        guard digest(of: object) == seal else {
            throw FormatError(
                path: path, problem: "was changed after it was written: its content does not fit its sha256")
        }
        return SealedObject(path: path, object: object)
    }

    private static func digest(of object: JSONObject) -> String {
        SHA256.hexadecimalDigest(of: Array(JSONValue.object(object).jsonText.utf8))
    }
}

/// Members of a JSON object from a file, with errors that name file and key.
struct SealedObject {
    let path: String
    let object: JSONObject

    func failure(_ key: String, _ problem: String) -> FormatError {
        FormatError(path: path, problem: "\"\(key)\" \(problem)")
    }

    func text(_ key: String) throws -> String {
        guard let text = object[key]?.asString else { throw failure(key, "is missing or is no text") }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = object[key]?.asInt, range.contains(value) else {
            throw failure(key, "is missing or is no integer in \(range)")
        }
        return value
    }

    func array(_ key: String) throws -> [JSONValue] {
        guard let elements = object[key]?.asArray else { throw failure(key, "is missing or is no array") }
        return elements
    }

    func member(_ key: String) throws -> SealedObject {
        guard let member = object[key]?.asObject else { throw failure(key, "is missing or is no object") }
        return SealedObject(path: path, object: member)
    }

    /// Size and digest of a file, written by `FileReceipt.json`.
    func receipt(_ key: String) throws -> FileReceipt {
        let member = try member(key)
        let digest = try member.text("sha256")
        guard digest.utf8.count == 64 else { throw failure(key, "has a sha256 of \(digest.utf8.count) digits, not 64") }
        return FileReceipt(byteCount: try member.integer("bytes", in: 0...Int.max), sha256: digest)
    }
}

extension FileReceipt {
    var json: JSONValue { ["bytes": .integer(byteCount), "sha256": .string(sha256)] }
}
