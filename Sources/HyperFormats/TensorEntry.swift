/// The element types of safetensors that this library reads and writes.
public enum TensorDataType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"
    case float32 = "F32"
    case int32 = "I32"
    case uint32 = "U32"
    case uint8 = "U8"

    /// Bytes per element.
    public var size: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .uint8: 1
        }
    }
}

/// What a safetensors header says about one tensor; checked against the file when it comes from `SafetensorsFile`.
public struct TensorEntry: Sendable, Equatable {
    public let name: String
    public let dataType: TensorDataType
    /// Sizes of the axes, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Where the elements lie, in bytes from the start of the data that follow the header; row-major, little-endian.
    public let byteRange: Range<Int>

    public var elementCount: Int { byteRange.count / dataType.size }
}

/// The product of a shape; nil if it overflows `Int`.
func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow { return nil }
        count = product
    }
    return count
}
