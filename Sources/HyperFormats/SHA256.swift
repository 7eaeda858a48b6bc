/// The SHA-256 digest of bytes that come in pieces (FIPS 180-4), equal to what `sha256sum` prints.
public struct SHA256: Sendable {
    private static let blockSize = 64

    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
    )
    /// Bytes that do not fill a block yet.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    public init() {}

    /// The digest of some bytes as 64 hexadecimal digits.
    public static func hexadecimalDigest(of bytes: [UInt8]) -> String {
        var digest = SHA256()
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.hexadecimalDigest
    }

    /// Adds the bytes that come next.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var bytes = bytes
        if !rest.isEmpty {
            let missing = min(Self.blockSize - rest.count, bytes.count)
            rest.append(contentsOf: bytes[..<missing])
            bytes = UnsafeRawBufferPointer(rebasing: bytes[missing...])
            guard rest.count == Self.blockSize else { return }
            let block = rest
            rest.removeAll(keepingCapacity: true)
            block.withUnsafeBytes { compress($0) }
        }
        let whole = bytes.count / Self.blockSize * Self.blockSize
        compress(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
        rest.append(contentsOf: bytes[whole...])
    }

    /// The digest of everything added so far, as 64 lower-case hexadecimal digits.
    public var hexadecimalDigest: String {
        var last = self
        let bitCount = byteCount &* 8
        var padding: [UInt8] = [0x80]
        let used = (rest.count + 1 + 8) % Self.blockSize
        padding.append(contentsOf: repeatElement(0, count: (Self.blockSize - used) % Self.blockSize))
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            padding.append(UInt8(truncatingIfNeeded: bitCount >> shift))
        }
        padding.withUnsafeBytes { last.update($0) }
        let s = last.state
        return [s.0, s.1, s.2, s.3, s.4, s.5, s.6, s.7].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Mixes whole blocks into the state.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard let base = blocks.baseAddress, !blocks.isEmpty else { return }
        var state = self.state
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
            guard let w = schedule.baseAddress else { return }
            Self.roundConstants.withUnsafeBufferPointer { constants in
                guard let k = constants.baseAddress else { return }
                for offset in stride(from: 0, to: blocks.count, by: Self.blockSize) {
                    Self.compress(base + offset, schedule: w, constants: k, into: &state)
                }
            }
        }
        self.state = state
    }

    @inline(__always)
    private static func compress(
        _ block: UnsafeRawPointer, schedule w: UnsafeMutablePointer<UInt32>, constants k: UnsafePointer<UInt32>,
        into state: inout (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)
    ) {
        for i in 0..<16 {
            w[i] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 &* i, as: UInt32.self))
        }
        for i in 16..<64 {
            let a = w[i &- 15]
            let b = w[i &- 2]
            let small0 = rotated(a, 7) ^ rotated(a, 18) ^ (a &>> 3)
            let small1 = rotated(b, 17) ^ rotated(b, 19) ^ (b &>> 10)
            w[i] = w[i &- 16] &+ small0 &+ w[i &- 7] &+ small1
        }
        var (a, b, c, d, e, f, g, h) = state
        for i in 0..<64 {
            let big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ big1 &+ choice &+ k[i] &+ w[i]
            let big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ big0 &+ majority)
        }
        state = (
            state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e, state.5 &+ f, state.6 &+ g,
            state.7 &+ h
        )
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &>> count) | (word &<< (32 &- count))
    }

    /// First 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

extension SHA256 {
    /// Size and digest of the first `byteCount` bytes of a file; all of it if nil.
    ///
    /// - Throws: `FormatError` if it cannot be read, is no regular file, or is shorter.
    public static func receipt(ofFile path: String, byteCount: Int? = nil) throws -> FileReceipt {
        let file = try ReadableFile(path, mayWait: false)
        guard let size = try file.regularSize() else {
            throw FormatError(path: path, problem: "is not a regular file")
        }
        let wanted = byteCount ?? size
        guard size >= wanted else {
            throw FormatError(path: path, problem: "holds \(size) bytes, \(wanted) are needed")
        }
        var digest = SHA256()
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { chunk.deallocate() }
        for offset in stride(from: 0, to: wanted, by: chunk.count) {
            let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<min(chunk.count, wanted - offset)])
            try file.read(at: offset, into: part)
            digest.update(UnsafeRawBufferPointer(part))
        }
        return FileReceipt(byteCount: wanted, sha256: digest.hexadecimalDigest)
    }
}

/// What was written to a file, so that it can be recognised later.
public struct FileReceipt: Sendable, Hashable {
    public let byteCount: Int
    /// SHA-256 as 64 lower-case hexadecimal digits.
    public let sha256: String

    public init(byteCount: Int, sha256: String) {
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}
