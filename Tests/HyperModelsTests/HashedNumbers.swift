import HyperTensor

/// Numbers that both sides compute from a name, so that they need not be stored.
enum HashedNumbers {
    /// Numbers in −1..<1, multiples of 2⁻²³: a hash of the name and the position.
    static func filled(_ name: String, _ count: Int) -> [Double] {
        let key = name.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return (0..<UInt32(count)).map { position in
            var hash = position &* 0x9E37_79B1 &+ key
            hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
            hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
            hash ^= hash >> 16
            return Double(hash >> 8) * 0x1p-23 - 1
        }
    }

    /// The value of a parameter or buffer `[members, …]`; `name` without its arena.
    static func start(_ name: String, _ shape: Shape) -> [Double] {
        let x = filled(name, shape.count)
        switch name.split(separator: ".").last {
        case "u", "v":
            let width = shape[shape.rank - 1]
            return stride(from: 0, to: x.count, by: width).flatMap { start -> [Double] in
                let row = x[start..<start + width]
                let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return row.map { $0 / norm }
            }
        case "scale", "magnitude", "variance": return x.map { 1 + 0.5 * $0 }
        case "weight": return x.map { $0 * (1.5 / Double(shape[1]).squareRoot()) }
        default: return x.map { 0.5 * $0 }
        }
    }
}

/// Largest difference over the largest magnitude of the expected numbers.
func relativeError(_ ours: [Double], _ theirs: [Double]) -> Double {
    guard ours.count == theirs.count else { return .infinity }
    let scale = theirs.map(abs).max() ?? 0
    let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
    return scale == 0 ? difference : difference / scale
}
