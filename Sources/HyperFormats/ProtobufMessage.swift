/// One message in the wire format of Protocol Buffers, made field by field.
///
/// Fields keep the order in which they are added. Only the kinds of field that event files need are here.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    /// A field of type int64 or an enumeration: a variable-length integer.
    mutating func add(_ field: Int, integer value: Int) {
        addKey(field, wireType: 0)
        addVariableLength(UInt64(bitPattern: Int64(value)))
    }

    /// A field of type double: eight bytes, least significant first.
    mutating func add(_ field: Int, double value: Double) {
        addKey(field, wireType: 1)
        bytes.append(littleEndian: value.bitPattern)
    }

    /// A field of type float: four bytes, least significant first.
    mutating func add(_ field: Int, float value: Float) {
        addKey(field, wireType: 5)
        bytes.append(littleEndian: value.bitPattern)
    }

    mutating func add(_ field: Int, text: String) { add(field, content: Array(text.utf8)) }

    mutating func add(_ field: Int, message: ProtobufMessage) { add(field, content: message.bytes) }

    private mutating func add(_ field: Int, content: [UInt8]) {
        addKey(field, wireType: 2)
        addVariableLength(UInt64(content.count))
        bytes += content
    }

    private mutating func addKey(_ field: Int, wireType: UInt64) { addVariableLength(UInt64(field) << 3 | wireType) }

    /// Seven bits a byte, least significant first; the highest bit says that more follow.
    private mutating func addVariableLength(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
