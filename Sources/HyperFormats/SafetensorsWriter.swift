/// A tensor to be written: name, shape and elements in row-major order.
public struct SafetensorsTensor: Sendable {
    /// The elements of a tensor; the case gives the type in the file.
    public enum Elements: Sendable {
        case float32([Float])
        case float64([Double])
        case int32([Int32])
        case int64([Int64])
        case uint32([UInt32])
        case uint64([UInt64])
        case uint8([UInt8])
        /// `count` elements that a closure hands over piece by piece when they are written: memory too large to copy.
        case stream(
            TensorDataType, count: Int, @Sendable (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)
    }

    public let name: String
    /// Sizes of the axes, outermost first; empty for a scalar.
    public let shape: [Int]
    public let elements: Elements

    public init(name: String, shape: [Int], elements: Elements) {
        self.name = name
        self.shape = shape
        self.elements = elements
    }

    public init(name: String, shape: [Int], floats: [Float]) {
        self.init(name: name, shape: shape, elements: .float32(floats))
    }

    public init(name: String, shape: [Int], doubles: [Double]) {
        self.init(name: name, shape: shape, elements: .float64(doubles))
    }

    public var dataType: TensorDataType {
        switch elements {
        case .float32: .float32
        case .float64: .float64
        case .int32: .int32
        case .int64: .int64
        case .uint32: .uint32
        case .uint64: .uint64
        case .uint8: .uint8
        case .stream(let dataType, _, _): dataType
        }
    }

    var elementCount: Int {
        switch elements {
        case .float32(let values): values.count
        case .float64(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .uint32(let values): values.count
        case .uint64(let values): values.count
        case .uint8(let values): values.count
        case .stream(_, let count, _): count
        }
    }

    func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch elements {
        case .float32(let values): try values.withUnsafeBytes(body)
        case .float64(let values): try values.withUnsafeBytes(body)
        case .int32(let values): try values.withUnsafeBytes(body)
        case .int64(let values): try values.withUnsafeBytes(body)
        case .uint32(let values): try values.withUnsafeBytes(body)
        case .uint64(let values): try values.withUnsafeBytes(body)
        case .uint8(let values): try values.withUnsafeBytes(body)
        case .stream(_, _, let source): try source(body)
        }
    }
}

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// Writes tensors to a file that appears whole or not at all; see `AtomicFile.write(_:to:)`.
    ///
    /// The same content gives the same bytes: tensors lie by element size (largest first, so that every tensor is
    /// aligned), then by name; metadata by key. The header is padded with spaces to a multiple of 8 bytes.
    ///
    /// - Returns: Size and digest of the file.
    /// - Throws: `FileWriteError` if the file cannot be written, `FormatError` if two tensors have the same name, one
    ///   is called `__metadata__`, or a shape does not fit the number of elements.
    @discardableResult
    public static func write(
        _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to path: String
    ) throws -> FileReceipt {
        let ordered = tensors.sorted {
            ($1.dataType.size, $0.name) < ($0.dataType.size, $1.name)
        }
        let header = try header(of: ordered, metadata: metadata, path: path)
        return try AtomicFile.write(to: path) { file in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
            try header.withUnsafeBytes { try file.write($0) }
            for tensor in ordered {
                let end = file.byteCount + tensor.elementCount * tensor.dataType.size
                try tensor.withBytes { try file.write($0) }
                precondition(
                    file.byteCount == end, "\(path): tensor \(tensor.name) gave another number of bytes than it said")
            }
        }
    }

    private static func header(
        of tensors: [SafetensorsTensor], metadata: [String: String], path: String
    ) throws -> [UInt8] {
        var object = JSONObject()
        if !metadata.isEmpty {
            var entries = JSONObject()
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { entries[key] = .string(value) }
            object[SafetensorsHeader.metadataKey] = .object(entries)
        }
        var end = 0
        for tensor in tensors {
            let name = quoted(tensor.name)
            guard tensor.name != SafetensorsHeader.metadataKey, object[tensor.name] == nil else {
                throw FormatError(path: path, problem: "tensor \(name): the name is taken; nothing was written")
            }
            guard tensor.shape.allSatisfy({ $0 >= 0 }), elementCount(of: tensor.shape) == tensor.elementCount else {
                throw FormatError(
                    path: path,
                    problem: "tensor \(name): shape \(tensor.shape) does not fit \(tensor.elementCount) elements; "
                        + "nothing was written")
            }
            let begin = end
            end += tensor.elementCount * tensor.dataType.size
            object[tensor.name] = [
                "dtype": .string(tensor.dataType.rawValue),
                "shape": .array(tensor.shape.map(JSONValue.integer)),
                "data_offsets": [.integer(begin), .integer(end)],
            ]
        }
        var text = Array(JSONValue.object(object).jsonText.utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        guard text.count <= SafetensorsHeader.lengthLimit else {
            throw FormatError(
                path: path,
                problem: "the header would be \(text.count) bytes long, the limit is "
                    + "\(SafetensorsHeader.lengthLimit); nothing was written")
        }
        return text
    }
}
