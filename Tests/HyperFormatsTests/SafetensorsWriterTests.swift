import Foundation
import HyperFormats
import Testing

private let sample = [
    SafetensorsTensor(name: "u8", shape: [3], elements: .uint8([0, 127, 255])),
    SafetensorsTensor(name: "b/f32", shape: [2, 2], floats: [1, -0.0, .infinity, .leastNonzeroMagnitude]),
    SafetensorsTensor(name: "a f32", shape: [1], floats: [3]),
    SafetensorsTensor(name: "f64", shape: [], doubles: [0.1]),
    SafetensorsTensor(name: "i32", shape: [1, 2], elements: .int32([.min, .max])),
    SafetensorsTensor(name: "i64", shape: [2], elements: .int64([.min, .max])),
    SafetensorsTensor(name: "u32", shape: [1], elements: .uint32([.max])),
    SafetensorsTensor(name: "u64", shape: [1], elements: .uint64([.max])),
    SafetensorsTensor(name: "none", shape: [0, 5], floats: []),
]

@Test func everyTypeSurvivesARoundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.safetensors")
    try SafetensorsWriter.write(sample, metadata: ["größe": "1\n2", "step": "100"], to: path)
    let file = try SafetensorsFile(contentsOf: path)
    #expect(file.metadata == ["größe": "1\n2", "step": "100"])
    #expect(Set(file.names) == Set(sample.map(\.name)))
    for tensor in sample {
        let entry = try file.entry(named: tensor.name, shape: tensor.shape)
        #expect(entry.dataType == tensor.dataType)
        switch tensor.elements {
        case .float32(let values):
            #expect(try file.floats(named: tensor.name).map(\.bitPattern) == values.map(\.bitPattern))
        case .float64(let values):
            #expect(try file.doubles(named: tensor.name).map(\.bitPattern) == values.map(\.bitPattern))
        case .int32(let values): #expect(try file.int32s(named: tensor.name) == values)
        case .int64(let values): #expect(try file.int64s(named: tensor.name) == values)
        case .uint32(let values): #expect(try file.uint32s(named: tensor.name) == values)
        case .uint64(let values): #expect(try file.uint64s(named: tensor.name) == values)
        case .uint8(let values): #expect(try file.bytes(named: tensor.name) == values)
        case .stream: Issue.record("the sample holds arrays alone")
        }
    }
}

@Test func sameContentGivesTheSameAlignedBytes() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(sample, metadata: ["a": "1", "b": "2"], to: folder.file("1"))
    try SafetensorsWriter.write(sample.reversed(), metadata: ["b": "2", "a": "1"], to: folder.file("2"))
    let bytes = try folder.read("1")
    #expect(try folder.read("2") == bytes)
    #expect(bytes[0] % 8 == 0)
    let file = try SafetensorsFile(contentsOf: folder.file("1"))
    #expect(file.names == ["f64", "i64", "u64", "a f32", "b/f32", "i32", "none", "u32", "u8"])
    for entry in file.tensors.values { #expect(entry.byteRange.lowerBound % entry.dataType.size == 0) }
}

@Test func replacesAFileAndLeavesNothingElse() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("old", to: "a")
    try SafetensorsWriter.write([], to: folder.file("a"))
    #expect(try folder.read("a") == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    #expect(try folder.names() == ["a"])
}

@Test func refusesTensorsThatCannotBeRight() throws {
    let folder = try TemporaryFolder()
    func problem(_ tensors: [SafetensorsTensor]) -> String? {
        #expect(throws: FormatError.self) { try SafetensorsWriter.write(tensors, to: folder.file("a")) }?.problem
    }
    let tensor = SafetensorsTensor(name: "a", shape: [1], floats: [1])
    #expect(problem([tensor, tensor]) == "tensor 'a': the name is taken; nothing was written")
    #expect(
        problem([SafetensorsTensor(name: "__metadata__", shape: [1], floats: [1])])
            == "tensor '__metadata__': the name is taken; nothing was written")
    #expect(
        problem([SafetensorsTensor(name: "a", shape: [2, 2], floats: [1, 2, 3])])
            == "tensor 'a': shape [2, 2] does not fit 3 elements; nothing was written")
    #expect(
        problem([SafetensorsTensor(name: "a", shape: [-1, -1], floats: [1])])?.contains("does not fit") == true)
    #expect(
        problem([SafetensorsTensor(name: "a", shape: [.max, 2], floats: [1])])?.contains("does not fit") == true)
    #expect(try folder.names() == [])
}

@Test func failedWritesSayWhyAndLeaveTheOldFile() throws {
    let folder = try TemporaryFolder()
    let missing = folder.file("missing/a")
    let error = #expect(throws: FileWriteError.self) { try SafetensorsWriter.write(sample, to: missing) }
    #expect(error?.description == "\(missing): cannot be created: open: No such file or directory (errno 2)")

    try FileManager.default.createDirectory(atPath: folder.file("taken"), withIntermediateDirectories: false)
    let renamed = #expect(throws: FileWriteError.self) { try SafetensorsWriter.write(sample, to: folder.file("taken")) }
    #expect(renamed?.problem == "cannot be written: rename: Is a directory (errno 21)")
    #expect(try folder.names() == ["taken"])
}
