import HyperFormats
import Testing

/// Known answers of FIPS 180-4 and of the `sha256sum` program.
@Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
])
func digestsOfKnownTexts(_ text: String, _ expected: String) {
    #expect(SHA256.hexadecimalDigest(of: Array(text.utf8)) == expected)
}

@Test func theDigestOfAMillionBytesIsTheKnownOne() {
    #expect(
        SHA256.hexadecimalDigest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
            == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
}

/// Every way to cut a text gives the same digest, around the block's 64 bytes and the padding's 56.
@Test func piecesOfAnyLengthGiveTheSameDigest() {
    for length in [1, 55, 56, 57, 63, 64, 65, 127, 128, 200] {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let whole = SHA256.hexadecimalDigest(of: bytes)
        for size in [1, 3, 55, 64, 65, 100] {
            var digest = SHA256()
            for start in stride(from: 0, to: length, by: size) {
                bytes[start..<min(start + size, length)].withUnsafeBytes { digest.update($0) }
            }
            #expect(digest.hexadecimalDigest == whole, "\(length) bytes in pieces of \(size)")
        }
    }
}

@Test func aReceiptTellsTheFilesOwnSizeAndDigest() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("text")
    let written = try AtomicFile.write("abcdef", to: path)
    #expect(written.byteCount == 6)
    #expect(try SHA256.receipt(ofFile: path) == written)
    #expect(
        try SHA256.receipt(ofFile: path, byteCount: 3).sha256
            == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let error = #expect(throws: FormatError.self) { try SHA256.receipt(ofFile: path, byteCount: 7) }
    #expect(error?.problem == "holds 6 bytes, 7 are needed")
}

@Test func streamedTensorsAreWrittenLikeArrays() throws {
    let folder = try TemporaryFolder()
    let floats = (0..<100).map { Float($0) }
    let plain = try SafetensorsWriter.write(
        [SafetensorsTensor(name: "x", shape: [100], floats: floats)], to: folder.file("plain"))
    let streamed = try SafetensorsWriter.write(
        [
            SafetensorsTensor(
                name: "x", shape: [100],
                elements: .stream(.float32, count: 100) { write in
                    try floats[..<30].withUnsafeBytes { try write($0) }
                    try floats[30...].withUnsafeBytes { try write($0) }
                })
        ], to: folder.file("streamed"))
    #expect(plain == streamed)
}
