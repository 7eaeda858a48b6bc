/// A safetensors file open for reading.
///
/// Opening it reads and checks the header alone; tensors are read when they are asked for, straight into the array
/// that is returned. Every rule of the format is checked before anything is allocated for the data.
public struct SafetensorsFile: Sendable {
    public let path: String
    /// The tensors by name.
    public let tensors: [String: TensorEntry]
    /// The names in the order in which the data lie in the file.
    public let names: [String]
    /// The free text of `__metadata__`; empty if the file has none.
    public let metadata: [String: String]

    private let file: ReadableFile
    private let dataStart: Int

    /// Opens a file and checks its header.
    ///
    /// - Throws: `FormatError` if the file cannot be read or breaks a rule of the format.
    public init(contentsOf path: String) throws {
        let file = try ReadableFile(path, mayWait: false)
        guard let fileSize = try file.regularSize() else {
            throw FormatError(path: path, problem: "is not a regular file, so its size cannot be checked")
        }
        let prefixSize = SafetensorsHeader.prefixSize
        guard fileSize >= prefixSize else {
            throw FormatError(
                path: path, problem: "holds \(fileSize) bytes, a safetensors file needs at least \(prefixSize)")
        }
        var storedLength: UInt64 = 0
        try withUnsafeMutableBytes(of: &storedLength) { try file.read(at: 0, into: $0) }
        let length = UInt64(littleEndian: storedLength)
        guard length <= SafetensorsHeader.lengthLimit else {
            throw FormatError(
                path: path,
                problem: "the header would be \(length) bytes long, the limit is \(SafetensorsHeader.lengthLimit)")
        }
        guard length <= fileSize - prefixSize else {
            throw FormatError(
                path: path,
                problem: "the header would be \(length) bytes long, "
                    + "the file holds \(fileSize - prefixSize) bytes after the length")
        }
        dataStart = prefixSize + Int(length)
        let text = try file.bytes(prefixSize..<dataStart)
        let header = try SafetensorsHeader(parsing: text, dataSize: fileSize - dataStart, path: path)
        self.path = path
        self.file = file
        names = header.entries.map(\.name)
        tensors = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
        metadata = header.metadata
    }

    /// The entry of a tensor.
    ///
    /// - Parameter shape: If given, the shape the tensor must have.
    /// - Throws: `FormatError` naming the tensors the file does hold, or both shapes.
    public func entry(named name: String, shape: [Int]? = nil) throws -> TensorEntry {
        guard let entry = tensors[name] else {
            let known = names.isEmpty ? "no tensors" : names.prefix(8).map(quoted).joined(separator: ", ")
            let more = names.count > 8 ? " and \(names.count - 8) more" : ""
            throw FormatError(path: path, problem: "has no tensor \(quoted(name)); it holds \(known)\(more)")
        }
        if let shape, entry.shape != shape {
            throw FormatError(path: path, problem: "tensor \(quoted(name)): shape \(entry.shape), needed is \(shape)")
        }
        return entry
    }

    /// The elements of an F32 tensor in row-major order.
    public func floats(named name: String, shape: [Int]? = nil) throws -> [Float] {
        try elements(of: entry(named: name, shape: shape), as: .float32)
    }

    /// The elements of an F64 tensor, or those of an F32 tensor widened, in row-major order.
    public func doubles(named name: String, shape: [Int]? = nil) throws -> [Double] {
        let entry = try entry(named: name, shape: shape)
        if entry.dataType == .float32 { return try floats(named: name).map(Double.init) }
        return try elements(of: entry, as: .float64)
    }

    /// The elements of an I32 tensor in row-major order.
    public func int32s(named name: String, shape: [Int]? = nil) throws -> [Int32] {
        try elements(of: entry(named: name, shape: shape), as: .int32)
    }

    /// The elements of an I64 tensor in row-major order.
    public func int64s(named name: String, shape: [Int]? = nil) throws -> [Int64] {
        try elements(of: entry(named: name, shape: shape), as: .int64)
    }

    /// The elements of a U32 tensor in row-major order.
    public func uint32s(named name: String, shape: [Int]? = nil) throws -> [UInt32] {
        try elements(of: entry(named: name, shape: shape), as: .uint32)
    }

    /// The elements of a U64 tensor in row-major order.
    public func uint64s(named name: String, shape: [Int]? = nil) throws -> [UInt64] {
        try elements(of: entry(named: name, shape: shape), as: .uint64)
    }

    /// The elements of a U8 tensor in row-major order.
    public func bytes(named name: String, shape: [Int]? = nil) throws -> [UInt8] {
        try elements(of: entry(named: name, shape: shape), as: .uint8)
    }

    /// Reads a tensor of any type, as it is stored, into memory of the caller.
    ///
    /// - Parameter buffer: Exactly `byteRange.count` bytes.
    /// - Throws: `FormatError` if there is no such tensor, or its size is not that of `buffer`.
    public func read(_ name: String, into buffer: UnsafeMutableRawBufferPointer) throws {
        let entry = try entry(named: name)
        guard buffer.count == entry.byteRange.count else {
            throw FormatError(
                path: path,
                problem: "tensor \(quoted(name)): holds \(entry.byteRange.count) bytes, needed are \(buffer.count)")
        }
        try file.read(at: dataStart + entry.byteRange.lowerBound, into: buffer)
    }

    private func elements<Element: BitwiseCopyable>(
        of entry: TensorEntry, as dataType: TensorDataType
    ) throws -> [Element] {
        guard entry.dataType == dataType else {
            throw FormatError(
                path: path,
                problem:
                    "tensor \(quoted(entry.name)): dtype is \(entry.dataType.rawValue), not \(dataType.rawValue)")
        }
        return try [Element](unsafeUninitializedCapacity: entry.elementCount) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            try read(entry.name, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<entry.byteRange.count]))
            count = entry.elementCount
        }
    }
}

#if _endian(big)
    #error("safetensors data are little-endian and are read and written without conversion")
#endif
