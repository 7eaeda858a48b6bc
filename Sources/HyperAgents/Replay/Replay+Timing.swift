extension Replay {
    /// Fills every seed's ring with numbers that no training needs to collect first: all columns uniform in [-1, 1), no transition
    /// terminal.
    func fillForTiming() throws {
        /// Rows written at once.
        let chunk = 4096
        let width = layout.width
        var values = [Float](repeating: 0, count: min(chunk, capacity) * width)
        var generator: UInt64 = 0x9E37_79B9_7F4A_7C15
        for seed in stored.indices {
            setStored(capacity, of: seed)
            var row = 0
            while row < capacity {
                let count = min(chunk, capacity - row)
                for index in 0..<count * width {
                    // xorshift64: speed is all that matters here.
                    generator ^= generator << 13
                    generator ^= generator >> 7
                    generator ^= generator << 17
                    let isContinuation = index % width == width - 1
                    values[index] = isContinuation ? 1 : Float(generator >> 40) * 0x1p-23 - 1
                }
                try values.withUnsafeBytes {
                    try writeRows(
                        row..<row + count, of: seed, from: UnsafeRawBufferPointer(rebasing: $0[0..<count * width * 4]))
                }
                row += count
            }
        }
    }
}
