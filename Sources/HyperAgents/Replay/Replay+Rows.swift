import HyperTensor

/// Rows by their number: the first transition that a seed ever stored is row 0.
extension Replay {
    /// Copies rows that are held, `[rows.count, width]`.
    public func readRows(_ rows: Range<Int>, of seed: Int, into target: UnsafeMutableRawBufferPointer) throws {
        let held = heldRows(of: seed)
        precondition(
            rows.lowerBound >= held.lowerBound && rows.upperBound <= held.upperBound,
            "Replay: rows \(rows) were asked for, \(held) are held")
        try forEachRun(of: rows, seed: seed) { elements, offset in
            let bytes = offset * 4..<(offset + elements.count) * 4
            try state.read(table, elements: elements, into: UnsafeMutableRawBufferPointer(rebasing: target[bytes]))
        }
    }

    /// Puts saved rows back, `[rows.count, width]`; `setStored(_:of:)` then says how many there are.
    public func writeRows(_ rows: Range<Int>, of seed: Int, from source: UnsafeRawBufferPointer) throws {
        try forEachRun(of: rows, seed: seed) { elements, offset in
            let bytes = offset * 4..<(offset + elements.count) * 4
            try state.write(table, elements: elements, from: UnsafeRawBufferPointer(rebasing: source[bytes]))
        }
    }

    /// The parts of the ring where rows lie: element ranges of the table, and where each begins in a packed copy.
    private func forEachRun(
        of rows: Range<Int>, seed: Int, _ body: (_ elements: Range<Int>, _ offset: Int) throws -> Void
    ) throws {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let position = row % capacity
            let count = min(rows.upperBound - row, capacity - position)
            let first = (seed * capacity + position) * layout.width
            try body(first..<first + count * layout.width, (row - rows.lowerBound) * layout.width)
            row += count
        }
    }
}
