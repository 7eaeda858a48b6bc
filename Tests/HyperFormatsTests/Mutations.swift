/// A small seeded generator, so that a failing mutation can be repeated (Steele et al. 2014, SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The bytes after one to three random changes: a flipped bit, a replaced, removed or inserted byte, or a cut end.
func mutated(_ bytes: [UInt8], using generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = UInt8.random(in: 0 ... .max, using: &generator)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert("0123456789[]{},:\"-e\\".utf8.randomElement(using: &generator) ?? 0, at: place)
        default: bytes.removeLast(bytes.count - place)
        }
    }
    return bytes
}
