import Foundation
import Testing

@testable import HyperFormats

/// Known answers: RFC 3720, appendix B.4, and the check value of the polynomial's catalogue.
@Test(
    arguments: [
        (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E), ([], 0),
    ] as [([UInt8], UInt32)])
func crc32cHasItsKnownAnswers(_ bytes: [UInt8], _ sum: UInt32) {
    #expect(CRC32C.checksum(bytes) == sum)
}

/// The bytes of a whole event, from the wire format's description by hand.
@Test func eventsAreFramedMessages() throws {
    let folder = try TemporaryFolder()
    let file = try EventFile(in: folder.path, firstStep: 0, note: "go", now: { 1.5 })
    try file.write(step: 300, [("a/b", -2), ("c", .infinity)])
    try file.write(step: 301, [])
    let frames = try frames(file.path)
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F]
    #expect(frames.count == 3)
    #expect(frames[0] == time + [0x10, 0, 0x1A, 13] + Array("brain.Event:2".utf8))
    #expect(frames[1] == time + [0x10, 0, 0x3A, 6, 0x08, 1, 0x1A, 2] + Array("go".utf8))
    let first: [UInt8] = [0x0A, 10, 0x0A, 3] + Array("a/b".utf8) + [0x15, 0, 0, 0, 0xC0]
    let second: [UInt8] = [0x0A, 8, 0x0A, 1] + Array("c".utf8) + [0x15, 0, 0, 0x80, 0x7F]
    #expect(frames[2] == time + [0x10, 0xAC, 0x02, 0x2A, 22] + first + second)
}

@Test func aNewFileComesAfterAllOthersWhateverTheClockSays() throws {
    let folder = try TemporaryFolder()
    let paths = try [1_700_000_000.0, 1_700_000_000, 12, 1_800_000_000].map { time in
        try EventFile(in: folder.path, firstStep: 7, note: "", now: { time }).path
    }
    #expect(paths == paths.sorted() && Set(paths).count == 4)
    #expect(throws: FormatError.self) { try EventFile(in: folder.path + "/none", firstStep: 0, note: "") }
}

/// The messages of a file, with every checksum compared.
private func frames(_ path: String) throws -> [[UInt8]] {
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))[...]
    var frames: [[UInt8]] = []
    func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
    while !bytes.isEmpty {
        let length = bytes.prefix(8)
        bytes = bytes.dropFirst(8)
        #expect(number(bytes.prefix(4)) == Int(CRC32C.masked(length)))
        let message = bytes.dropFirst(4).prefix(number(length))
        bytes = bytes.dropFirst(4 + message.count)
        #expect(number(bytes.prefix(4)) == Int(CRC32C.masked(message)))
        bytes = bytes.dropFirst(4)
        frames.append(Array(message))
    }
    return frames
}
