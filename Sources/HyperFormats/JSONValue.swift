/// A JSON value. Objects keep the order of their keys, so a value that is read and written again gives the same text.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction or exponent that fits `Int`.
    case integer(Int)
    /// Any other number; always finite when it comes from the parser.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The value as a `Double`, if it is a number.
    public var asDouble: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The value as an `Int`, if it is written as an integer.
    public var asInt: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    public var asBool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var asString: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var asArray: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var asObject: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of an object; nil if this is no object or has no such key.
    public subscript(key: String) -> JSONValue? { asObject?[key] }

    /// The value's kind with its article, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The members of a JSON object in the order in which they were written.
///
/// Keys are Swift strings, so two keys that Unicode holds canonically equivalent are the same key.
public struct JSONObject: Sendable, Equatable {
    /// The keys in order.
    public private(set) var keys: [String] = []
    private var values: [String: JSONValue] = [:]

    public init() {}

    public var count: Int { keys.count }

    /// The members in order.
    public var members: [(key: String, value: JSONValue)] {
        keys.compactMap { key in values[key].map { (key, $0) } }
    }

    /// Reads a member, replaces it in place, or appends it; nil removes it. Removing is O(count).
    public subscript(key: String) -> JSONValue? {
        get { values[key] }
        set {
            let old = newValue.map { values.updateValue($0, forKey: key) } ?? values.removeValue(forKey: key)
            if newValue == nil {
                keys.removeAll { $0 == key }
            } else if old == nil {
                keys.append(key)
            }
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// An object with the members in the order written; a key that occurs twice is a programming error.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements {
            precondition(object[key] == nil, "JSON object literal: key '\(key)' occurs twice")
            object[key] = value
        }
        self = .object(object)
    }
}

extension JSONObject {
    /// An object with the members in the order written.
    public init(_ members: KeyValuePairs<String, JSONValue>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    /// Adds the members of another object, in its order; they replace those of the same name.
    public mutating func add(_ other: JSONObject) {
        for (key, value) in other.members { self[key] = value }
    }
}
