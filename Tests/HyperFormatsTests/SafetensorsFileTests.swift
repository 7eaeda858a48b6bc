import Foundation
import HyperFormats
import Testing

/// A safetensors file in bytes: length, header, data.
func safetensors(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian, Array.init) + text + data
}

private func tensor(_ name: String, _ dataType: String = "U8", shape: String, offsets: String) -> String {
    #""\#(name)":{"dtype":"\#(dataType)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

private let four: [UInt8] = [1, 2, 3, 4]

/// A file that breaks one rule, and the words of the error that must name it.
struct BrokenFile: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let problem: String
    var testDescription: String { problem }

    init(_ problem: String, bytes: [UInt8]) {
        self.bytes = bytes
        self.problem = problem
    }

    init(_ problem: String, _ header: String, data: [UInt8] = four) {
        self.init(problem, bytes: safetensors(header, data: data))
    }

    static let all: [BrokenFile] = [
        BrokenFile("holds 0 bytes, a safetensors file needs at least 8", bytes: []),
        BrokenFile("holds 7 bytes, a safetensors file needs at least 8", bytes: [2, 0, 0, 0, 0, 0, 0]),
        BrokenFile("the header would be 3 bytes long, the file holds 2", bytes: safetensors("{}", length: 3)),
        BrokenFile(
            "the header would be 100000001 bytes long, the limit is 100000000",
            bytes: safetensors("{}", length: 100_000_001)),
        BrokenFile(
            "the header would be 18446744073709551615 bytes long", bytes: safetensors("{}", length: .max)),
        BrokenFile("must begin with '{', it begins with its end (0 bytes)", bytes: safetensors("")),
        BrokenFile("must begin with '{', it begins with byte 0x20", " {}", data: []),
        BrokenFile("must begin with '{', it begins with byte 0x5b", "[]", data: []),
        BrokenFile("the header is not valid JSON: expected a key in quotes", "{,}", data: []),
        BrokenFile("the header is not valid JSON: unexpected byte 0x0 after the value", "{}\0", data: []),
        BrokenFile(
            "the header is not valid JSON: string is not valid UTF-8",
            bytes: [5, 0, 0, 0, 0, 0, 0, 0] + [0x7B, 0x22, 0xFF, 0x22, 0x7D]),
        BrokenFile(
            "key 'a' occurs twice",
            "{\(tensor("a", shape: "[2]", offsets: "[0,2]")),\(tensor("a", shape: "[2]", offsets: "[2,4]"))}"),
        BrokenFile(
            "key 'shape' occurs twice", #"{"a":{"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]}}"#),
        BrokenFile("__metadata__ must be an object of strings, it is an array", #"{"__metadata__":[]}"#, data: []),
        BrokenFile(
            "__metadata__: 'step' must be a string, it is an integer", #"{"__metadata__":{"step":1}}"#, data: []),
        BrokenFile("tensor 'a': must be described by an object, it is null", #"{"a":null}"#, data: []),
        BrokenFile("tensor 'a': dtype is missing", #"{"a":{"shape":[4],"data_offsets":[0,4]}}"#),
        BrokenFile("tensor 'a': shape is missing", #"{"a":{"dtype":"U8","data_offsets":[0,4]}}"#),
        BrokenFile("tensor 'a': data_offsets is missing", #"{"a":{"dtype":"U8","shape":[4]}}"#),
        BrokenFile(
            "tensor 'a': unknown key 'strides'",
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"strides":[1]}}"#),
        BrokenFile(
            "tensor 'a': dtype must be a string, it is an integer",
            #"{"a":{"dtype":8,"shape":[4],"data_offsets":[0,4]}}"#),
        BrokenFile(
            "tensor 'a': dtype 'F8_E4M3' is not supported; supported are F64, I64",
            "{\(tensor("a", "F8_E4M3", shape: "[4]", offsets: "[0,4]"))}"),
        BrokenFile("tensor 'a': shape must be an array", "{\(tensor("a", shape: "4", offsets: "[0,4]"))}"),
        BrokenFile("tensor 'a': shape may hold integers from 0", "{\(tensor("a", shape: "[-4]", offsets: "[0,4]"))}"),
        BrokenFile("it holds 4.0", "{\(tensor("a", shape: "[4.0]", offsets: "[0,4]"))}"),
        BrokenFile("it holds \"4\"", "{\(tensor("a", shape: #"["4"]"#, offsets: "[0,4]"))}"),
        BrokenFile(
            "tensor 'a': data_offsets may hold integers from 0", "{\(tensor("a", shape: "[4]", offsets: "[-4,0]"))}"),
        BrokenFile(
            "it holds 1.8446744073709552e+19",
            "{\(tensor("a", shape: "[4]", offsets: "[0,18446744073709551615]"))}"),
        BrokenFile(
            "data_offsets must hold 2 numbers, it holds 3", "{\(tensor("a", shape: "[4]", offsets: "[0,2,4]"))}"),
        BrokenFile("data_offsets are reversed: begin 4 > end 0", "{\(tensor("a", shape: "[4]", offsets: "[4,0]"))}"),
        BrokenFile(
            "data_offsets span 4 bytes, shape [2, 3] of U8 needs 6",
            "{\(tensor("a", shape: "[2,3]", offsets: "[0,4]"))}"),
        BrokenFile(
            "data_offsets span 4 bytes, shape [4] of F32 needs 16",
            "{\(tensor("a", "F32", shape: "[4]", offsets: "[0,4]"))}"),
        BrokenFile(
            "shape [4294967296, 4294967296] times 1 bytes overflows 64 bits",
            "{\(tensor("a", shape: "[4294967296,4294967296]", offsets: "[0,4]"))}"),
        BrokenFile(
            "times 8 bytes overflows 64 bits",
            "{\(tensor("a", "F64", shape: "[2305843009213693952]", offsets: "[0,4]"))}"),
        BrokenFile(
            "tensor 'b': begins at byte 2 of the data and overlaps tensor 'a', which ends at 3",
            "{\(tensor("a", shape: "[3]", offsets: "[0,3]")),\(tensor("b", shape: "[2]", offsets: "[2,4]"))}"),
        BrokenFile(
            "tensor 'b': begins at byte 2 of the data, leaving a hole of 1 bytes after tensor 'a', which ends at 1",
            "{\(tensor("b", shape: "[2]", offsets: "[2,4]")),\(tensor("a", shape: "[1]", offsets: "[0,1]"))}"),
        BrokenFile(
            "tensor 'a': begins at byte 1 of the data, leaving a hole of 1 bytes after the start",
            "{\(tensor("a", shape: "[3]", offsets: "[1,4]"))}"),
        BrokenFile(
            "tensor 'a': ends at byte 5 of the data, the file holds 4 bytes",
            "{\(tensor("a", shape: "[5]", offsets: "[0,5]"))}"),
        BrokenFile(
            "the tensors cover 3 bytes of data, the file holds 4: 1 bytes too many",
            "{\(tensor("a", shape: "[3]", offsets: "[0,3]"))}"),
        BrokenFile("the tensors cover 0 bytes of data, the file holds 1: 1 bytes too many", "{}", data: [0]),
        BrokenFile(
            "tensor 'a\\u{a}b': dtype 'x\\u{1b}' is not supported",
            "{\(tensor(#"a\nb"#, #"x\u001b"#, shape: "[4]", offsets: "[0,4]"))}"),
    ]
}

@Test(arguments: BrokenFile.all)
func rejectsFilesThatBreakARule(_ broken: BrokenFile) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(broken.bytes, to: "broken.safetensors")
    let error = #expect(throws: FormatError.self) { try SafetensorsFile(contentsOf: path) }
    #expect(error?.path == path)
    #expect(error?.problem.contains(broken.problem) == true, "\(error?.problem ?? "")")
    #expect(error?.description.contains { $0.isNewline } == false)
}

@Test func acceptsTheEmptyFileAndPaddedHeaders() throws {
    let folder = try TemporaryFolder()
    let empty = try SafetensorsFile(contentsOf: folder.write(safetensors("{}"), to: "empty"))
    #expect(empty.names.isEmpty && empty.metadata.isEmpty)
    let padded = "{\(tensor("a", shape: "[4]", offsets: "[0,4]"))}  \n "
    let file = try SafetensorsFile(contentsOf: folder.write(safetensors(padded, data: four), to: "padded"))
    #expect(try file.bytes(named: "a") == four)
}

@Test func readsReferenceFile() throws {
    let path = try #require(
        Bundle.module.path(forResource: "reference", ofType: "safetensors", inDirectory: "Fixtures"))
    let file = try SafetensorsFile(contentsOf: path)
    #expect(file.metadata == ["made by": "safetensors", "größe": "a \"quoted\" text"])
    #expect(file.names == ["i64", "f64", "critic/layer 1.weight", "empty", "scalar", "i32", "u8"])
    let weight = try file.floats(named: "critic/layer 1.weight", shape: [2, 3])
    #expect(weight == (0..<6).map { Float($0) / 3 })
    #expect(try file.doubles(named: "critic/layer 1.weight") == weight.map(Double.init))
    let doubles = try file.doubles(named: "f64")
    #expect(doubles.map(\.bitPattern) == [0.1, -0.0, 1e-308, Double.greatestFiniteMagnitude].map(\.bitPattern))
    #expect(try file.int64s(named: "i64", shape: [2, 1]) == [.min, .max])
    #expect(try file.int32s(named: "i32") == [.min, 7])
    #expect(try file.bytes(named: "u8") == [0, 127, 255])
    #expect(try file.floats(named: "empty", shape: [0, 4]) == [])
    #expect(try file.floats(named: "scalar", shape: []) == [2.5])
}

@Test func askingForTheWrongTensorSaysWhatThereIs() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.safetensors")
    try SafetensorsWriter.write(
        [SafetensorsTensor(name: "a", shape: [2, 1], floats: [1, 2])], to: path)
    let file = try SafetensorsFile(contentsOf: path)
    func problem(_ body: () throws -> Void) -> String? { #expect(throws: FormatError.self) { try body() }?.problem }
    #expect(problem { _ = try file.floats(named: "b") } == "has no tensor 'b'; it holds 'a'")
    #expect(
        problem { _ = try file.floats(named: "a", shape: [1, 2]) } == "tensor 'a': shape [2, 1], needed is [1, 2]")
    #expect(problem { _ = try file.int32s(named: "a") } == "tensor 'a': dtype is F32, not I32")
    #expect(problem { _ = try file.bytes(named: "a") } == "tensor 'a': dtype is F32, not U8")
    var small: Float = 0
    #expect(
        problem { try withUnsafeMutableBytes(of: &small) { try file.read("a", into: $0) } }
            == "tensor 'a': holds 8 bytes, needed are 4")
}

@Test func refusesWhatIsNoRegularFile() throws {
    let device = #expect(throws: FormatError.self) { try SafetensorsFile(contentsOf: "/dev/null") }
    #expect(device?.problem == "is not a regular file, so its size cannot be checked")
    let folder = try TemporaryFolder()
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    #expect(throws: FormatError.self) { try SafetensorsFile(contentsOf: folder.file("pipe")) }
    let missing = #expect(throws: FormatError.self) { try SafetensorsFile(contentsOf: folder.file("none")) }
    #expect(missing?.problem == "cannot be read: open: No such file or directory (errno 2)")
}

@Test func noticesAFileThatShrinksAfterOpening() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("shrinks")
    try SafetensorsWriter.write(
        [SafetensorsTensor(name: "a", shape: [1000], doubles: .init(repeating: 1, count: 1000))], to: path)
    let file = try SafetensorsFile(contentsOf: path)
    try #require(truncate(path, 100) == 0)
    let error = #expect(throws: FormatError.self) { try file.doubles(named: "a") }
    #expect(error?.problem.contains("became shorter while being read") == true)
}

/// Whatever the bytes, opening gives a file whose tensors can all be read, or a `FormatError`.
@Test func survivesMutationsOfAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("mutated")
    try SafetensorsWriter.write(
        [
            SafetensorsTensor(name: "weights", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]),
            SafetensorsTensor(name: "step", shape: [], elements: .int64([7])),
            SafetensorsTensor(name: "none", shape: [0], elements: .uint8([])),
        ], metadata: ["k": "v"], to: path)
    let original = try folder.read("mutated")
    var generator = SplitMix(state: 2)
    var accepted = 0
    for _ in 0..<5_000 {
        _ = try folder.write(mutated(original, using: &generator), to: "mutated")
        do {
            let file = try SafetensorsFile(contentsOf: path)
            for entry in file.tensors.values {
                var bytes = [UInt8](repeating: 0, count: entry.byteRange.count)
                try bytes.withUnsafeMutableBytes { try file.read(entry.name, into: $0) }
            }
            accepted += 1
        } catch is FormatError {}
    }
    #expect((50..<4_500).contains(accepted), "the loop must try valid and invalid files: \(accepted) accepted")
}
